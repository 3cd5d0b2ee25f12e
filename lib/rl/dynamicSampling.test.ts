import { describe, expect, test } from "vitest";
import { collectGroups, isInformative, type RewardedGroup } from "./dynamicSampling";

const group = (outputs: string, ...rewards: number[]): RewardedGroup<string> => ({ outputs, rewards });
const names = (groups: readonly RewardedGroup<string>[]) => groups.map(({ outputs }) => outputs).join("");

test("a group teaches something where its rewards differ", () => {
  expect(isInformative([0, 0, 1])).toBe(true);
  expect(isInformative(Float64Array.of(0.5, 0.5))).toBe(false);
});

describe("collecting groups", () => {
  const rounds = [
    [group("a", 1, 1), group("b", 0, 1), group("c", 0, 0)],
    [group("d", 1, 0), group("e", 0, 0), group("f", 0, 2)],
  ];

  test("dynamic: goes on until there are enough, and drops the rest", () => {
    const collector = collectGroups<string>({ groups: 2, dynamic: true, mostRounds: 5 });
    collector.add(rounds[0]);
    expect(collector.wantsMore).toBe(true);
    collector.add(rounds[1]);
    expect(collector.wantsMore).toBe(false);
    const { groups, ...cost } = collector.result();
    expect(names(groups)).toBe("bd");
    expect(cost).toEqual({ rounds: 2, sampled: 6, informativeShare: 0.5 });
  });

  test("not dynamic: takes what comes", () => {
    const collector = collectGroups<string>({ groups: 2, dynamic: false, mostRounds: 5 });
    collector.add(rounds[0]);
    expect(collector.wantsMore).toBe(false);
    expect(names(collector.result().groups)).toBe("ab");
    expect(collector.result().informativeShare).toBe(1 / 3);
  });

  test("gives up after the last round with what there is", () => {
    const collector = collectGroups<string>({ groups: 2, dynamic: true, mostRounds: 3 });
    let asked = 0;
    while (collector.wantsMore) {
      collector.add([group("x", 1, 1)]);
      asked += 1;
    }
    expect(asked).toBe(3);
    expect(collector.result()).toEqual({ groups: [], rounds: 3, sampled: 3, informativeShare: 0 });
  });

  test("errors", () => {
    expect(() => collectGroups({ groups: 0, dynamic: true, mostRounds: 1 })).toThrow(
      "collectGroups: groups must be a positive whole number, not 0.",
    );
    expect(() => collectGroups({ groups: 1, dynamic: true, mostRounds: 0.5 })).toThrow(
      "collectGroups: mostRounds must be a positive whole number, not 0.5.",
    );
  });
});
