import { describe, expect, it, test } from "vitest";
import type { SeededValues } from "../../experiment/statistics";
import { popularityGroups } from "../../recsys/popularityGroups";
import { type ClaimRuns, claimRuns, testClaims } from "./claims";
import { mtgRecConfig } from "./config";
import type { Ledger } from "./ledger";
import { smallWorld } from "./testing";

const { data } = smallWorld();
const [rare] = popularityGroups(data, 3);

/** What each variant is worth where the paper is right. */
const LEVELS: Record<string, number> = {
  ...{ full: 0.5, uniform: 0.45, single: 0.4, "TIGER++": 0.35, TIGER: 0.3, unrelated: 0.2 },
  ...{ n1: 0.4, n4: 0.5, n8: 0.4 },
  ...{ fullL3: 0.6, "TIGER++L3": 0.3, fullL1: 0.4, "TIGER++L1": 0.3 },
};
const BEFORE = 0.4;
/** MTGRec's on rare targets. */
const RARE = 0.8;

const noise = (seed: number, user: number) => ((7 * user + 3 * seed) % 5) / 100;
const table = (seeds: number, of: (user: number) => number): SeededValues =>
  Array.from({ length: seeds }, (_, seed) =>
    Float64Array.from({ length: data.users }, (_, user) => of(user) + noise(seed, user)),
  );

/** Runs that say what `worth` makes of each variant's level. */
function madeRuns(worth: (level: number) => number, seeds = 3): ClaimRuns {
  const isRare = (user: number) => rare.users.includes(user);
  const rising = worth(0.6) > worth(0.4);
  return {
    data,
    values: (name, metric) =>
      table(seeds, (user) =>
        worth(name === "full" && metric === "recall" && isRare(user) ? RARE : LEVELS[name]),
      ),
    beforeFineTuning: table(seeds, () => worth(BEFORE)),
    churn: Array.from({ length: seeds }, (_, seed) =>
      [1, 2, 3].map((gap) => ({
        gap,
        first: (rising ? 0.003 : 0.05) + 0.0001 * seed,
        any: 0.1 + 0.02 * (rising ? gap : -gap) + 0.001 * seed * gap * (rising ? 1 : -1),
      })),
    ),
    chosenNumber: "n4",
  };
}
const verdicts = (runs: ClaimRuns) =>
  Object.fromEntries(testClaims(runs).map(({ claim, verdict }) => [claim, verdict]));
const all = (verdict: string) => Object.fromEntries(CLAIMS.map((claim) => [claim, verdict]));
const CLAIMS = [
  ...["C1 NDCG", "C1 Recall", "C1 TIGER", "C1 control", "C2 above", "C2 below", "C3"],
  ...["C4 any", "C4 first", "C5", "C6 more", "C6 fewer", "C6 depth", "C7"],
];

const right = madeRuns((level) => level);

describe("claims", () => {
  it("are all supported by runs that are as the paper says", () => {
    expect(verdicts(right)).toEqual(all("supported"));
  });
  it("are all refuted by runs that are the other way round", () => {
    expect(verdicts(madeRuns((level) => 1 - level))).toEqual(all("refuted"));
  });
  it("are left open where nothing makes a difference; first tokens aside, whose share is small", () => {
    const flat = madeRuns(() => 0.4);
    const still = flat.churn.map((rows) => rows.map((row) => ({ ...row, first: 0.001, any: 0.1 })));
    expect(verdicts({ ...flat, churn: still })).toEqual({ ...all("undecided"), "C4 first": "supported" });
  });
  it("are not decided by two seeds", () => {
    const two = testClaims(madeRuns((level) => level, 2));
    expect(new Set(two.map(({ verdict }) => verdict))).toEqual(new Set(["undecided"]));
    for (const { claim, effect, seeds } of two) {
      expect(effect, claim).toBeDefined();
      expect(seeds, claim).toBe(2);
    }
  });
});

/** Each comparison turns on its two variants, and on no other. */
test.each([
  ["C1 NDCG", "full", "TIGER++"],
  ["C1 TIGER", "TIGER++", "TIGER"],
  ["C1 control", "full", "single"],
  ["C2 above", "full", "uniform"],
  ["C2 below", "uniform", "TIGER++"],
  ["C3", "single", "unrelated"],
  ["C6 more", "n4", "n1"],
  ["C6 fewer", "n4", "n8"],
])("%s is the mean of %s minus that of %s", (claim, better, worse) => {
  const only = {
    ...right,
    values: (name: string) => table(3, () => (name === better ? 0.7 : name === worse ? 0.6 : 0)),
  };
  const found = testClaims(only).find((verdict) => verdict.claim === claim)!;
  expect(found.effect!.difference).toBeCloseTo(0.1, 12);
});

test("gains on rare targets are shares of what TIGER++ finds there", () => {
  const found = testClaims(right).find(({ claim }) => claim === "C5")!;
  const mean = (users: readonly number[]) =>
    [0, 1, 2].flatMap((seed) => users.map((user) => 0.35 + noise(seed, user))).reduce((a, b) => a + b) /
    (3 * users.length);
  const others = Array.from({ length: data.users }, (_, user) => user).filter(
    (user) => !rare.users.includes(user),
  );
  expect(found.effect!.difference).toBeCloseTo(0.45 / mean([...rare.users]) - 0.15 / mean(others), 10);
});

test("where TIGER++ finds no target of a group, there is no relative gain", () => {
  const none = [1, 2, 3].map(() => new Float64Array(data.users));
  const runs = {
    ...right,
    values: (name: string) => (name === "TIGER++" ? none : right.values(name, "recall")),
  };
  expect(testClaims(runs).find(({ claim }) => claim === "C5")).toMatchObject({
    verdict: "undecided",
    note: "TIGER++ finds no target of one of the groups",
  });
});

test("without runs nothing is decided, and each claim says what it lacks", () => {
  const empty: ClaimRuns = {
    ...{ data, churn: [], values: () => undefined },
    ...{ beforeFineTuning: undefined, chosenNumber: undefined },
  };
  const found = testClaims(empty);
  for (const { claim, verdict, effect, note } of found) {
    expect(verdict, claim).toBe("undecided");
    expect(effect, claim).toBeUndefined();
    expect(note, claim).toMatch(/^no runs of \S/);
  }
  expect(found[0].note).toBe("no runs of full and TIGER++");
});

describe("the number of tokenizers is chosen by validation", () => {
  const ledger = (validation: Record<string, number>, seeds = [1, 2]) =>
    ({
      ...{ config: mtgRecConfig("smoke"), seeds, catalogue: { data }, tokenizers: () => [] },
      runs: (name: string) =>
        name in validation
          ? [0, 1].map((seed) => ({
              metrics: {
                "validation NDCG@10": validation[name] + seed / 10,
                "NDCG@10": 1 - validation[name],
              },
              array: () => Int32Array.of(1),
            }))
          : [],
    }) as unknown as Ledger;
  const chosen = (...of: Parameters<typeof ledger>) => claimRuns(ledger(...of)).chosenNumber;
  it("among those between the least and the greatest, whatever the test says", () => {
    expect(chosen({ n1: 0.9, n2: 0.2, n4: 0.3, n8: 0.8 })).toBe("n4");
    expect(chosen({ n1: 0.1, n2: 0.4, n4: 0.3, n8: 0.2 })).toBe("n2");
  });
  it("only where every seed has run all of them", () => {
    expect(chosen({ n1: 0.1, n2: 0.4, n4: 0.3 })).toBeUndefined();
    expect(chosen({ n1: 0.1, n2: 0.4, n4: 0.3, n8: 0.2 }, [1, 2, 3])).toBeUndefined();
  });
});
