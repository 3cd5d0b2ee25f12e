import { describe, expect, it, test } from "vitest";
import type { SeededValues } from "../../experiment/statistics";
import { popularityGroups } from "../../recsys/popularityGroups";
import { type ClaimRuns, testClaims } from "./claims";
import { multiDomainWorld } from "./world/world";

const { domains } = multiDomainWorld({
  sources: 1,
  items: 160,
  users: 20,
  targetItems: 160,
  targetUsers: 24,
});
const { data } = domains[domains.length - 1];
const [rare] = popularityGroups(data, 3);

/** What each variant is worth where the paper is right. */
const LEVELS: Record<string, number> = {
  ...{ full: 0.6, TIGER: 0.3, LETTER: 0.35, "no-adapt": 0.4, "free-E": 0.42 },
  ...{ "rec-scratch": 0.5, "all-scratch": 0.45, "flat-books": 0.52, "no-align": 0.53, "no-corec": 0.55 },
  ...{ "full-L3": 0.7, "full-L1": 0.6, "TIGER-L1": 0.3, "TIGER-L3": 0.2 },
};
/** UTGRec's on rare targets. */
const RARE = 0.9;

const noise = (seed: number, user: number) => ((7 * user + 3 * seed) % 5) / 100;
const table = (seeds: number, of: (user: number) => number): SeededValues =>
  Array.from({ length: seeds }, (_, seed) =>
    Float64Array.from({ length: data.users }, (_, user) => of(user) + noise(seed, user)),
  );

/** Runs that say what `worth` makes of each variant's level. */
function madeRuns(worth: (level: number) => number, seeds = 3): ClaimRuns {
  const usage = (level: number) =>
    Array.from({ length: seeds }, (_, seed) => worth(level) + ((5 * seed) % 3) * 0.01 * level);
  return {
    data,
    values: (name, metric) =>
      table(seeds, (user) =>
        worth(name === "full" && metric === "recall" && rare.users.includes(user) ? RARE : LEVELS[name]),
      ),
    codeUsage: (name) => usage(name === "full" ? 0.9 : 0.2),
  };
}
const verdicts = (runs: ClaimRuns) =>
  Object.fromEntries(testClaims(runs).map(({ claim, verdict }) => [claim, verdict]));
const all = (verdict: string) => Object.fromEntries(CLAIMS.map((claim) => [claim, verdict]));
const CLAIMS = [
  ...["U1 TIGER", "U1 LETTER", "U2 none", "U2 free", "U3 recommender", "U3 tokenizer"],
  ...["U4 tree", "U4 factorised", "U5 alignment", "U5 reconstruction", "U6 UTGRec", "U6 TIGER", "U7"],
];

const right = madeRuns((level) => level);

describe("claims", () => {
  it("are all supported by runs that are as the paper says", () => {
    expect(verdicts(right)).toEqual(all("supported"));
  });
  it("are all refuted by runs that are the other way round", () => {
    expect(verdicts(madeRuns((level) => 1 - level))).toEqual(all("refuted"));
  });
  it("are left open where nothing makes a difference", () => {
    expect(verdicts({ ...madeRuns(() => 0.4), codeUsage: () => [0.5, 0.51, 0.49] })).toEqual(
      all("undecided"),
    );
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
  ["U1 TIGER", "full", "TIGER"],
  ["U1 LETTER", "full", "LETTER"],
  ["U2 none", "full", "no-adapt"],
  ["U2 free", "full", "free-E"],
  ["U3 recommender", "full", "rec-scratch"],
  ["U3 tokenizer", "rec-scratch", "all-scratch"],
  ["U4 tree", "full", "flat-books"],
  ["U5 alignment", "full", "no-align"],
  ["U5 reconstruction", "full", "no-corec"],
  ["U6 UTGRec", "full-L3", "full-L1"],
  ["U6 TIGER", "TIGER-L1", "TIGER-L3"],
])("%s is the mean of %s minus that of %s", (claim, better, worse) => {
  const only = {
    ...right,
    values: (name: string) =>
      name === better || name === worse ? table(3, () => (name === better ? 0.7 : 0.6)) : undefined,
  };
  const found = testClaims(only).find((verdict) => verdict.claim === claim)!;
  expect(found.effect!.difference).toBeCloseTo(0.1, 12);
});

test("usage of the codes is compared as shares, seed by seed", () => {
  const usage = { full: [0.8, 0.9, 0.7], "plain-VQ": [0.3, 0.5, 0.4] } as Record<string, number[]>;
  const found = (codeUsage: ClaimRuns["codeUsage"]) =>
    testClaims({ ...right, codeUsage }).find(({ claim }) => claim === "U4 factorised")!;
  expect(found((name) => usage[name]).effect!.difference).toBeCloseTo(0.4, 12);
  expect(found((name) => (name === "full" ? usage[name] : [])).note).toMatch(/^no tokenizers of both kinds/);
});

test("gains on rare targets are shares of what TIGER finds there", () => {
  const found = testClaims(right).find(({ claim }) => claim === "U7")!;
  const mean = (users: readonly number[]) =>
    [0, 1, 2]
      .flatMap((seed) => users.map((user) => LEVELS["TIGER"] + noise(seed, user)))
      .reduce((a, b) => a + b) /
    (3 * users.length);
  const others = Array.from({ length: data.users }, (_, user) => user).filter(
    (user) => !rare.users.includes(user),
  );
  expect(found.effect!.difference).toBeCloseTo(0.6 / mean([...rare.users]) - 0.3 / mean(others), 10);
});

test("where TIGER finds no target of a group, there is no relative gain", () => {
  const none = [1, 2, 3].map(() => new Float64Array(data.users));
  const runs = {
    ...right,
    values: (name: string) => (name === "TIGER" ? none : right.values(name, "recall")),
  };
  expect(testClaims(runs).find(({ claim }) => claim === "U7")).toMatchObject({
    verdict: "undecided",
    note: "TIGER finds no target of one of the groups",
  });
});

test("without runs nothing is decided, and each claim says what it lacks", () => {
  const found = testClaims({ data, values: () => undefined, codeUsage: () => [] });
  expect(found.map(({ claim }) => claim)).toEqual(CLAIMS);
  for (const { claim, verdict, effect, note } of found) {
    expect(verdict, claim).toBe("undecided");
    expect(effect, claim).toBeUndefined();
    expect(note, claim).toMatch(/^no (runs of|tokenizers of both kinds) ?\S*/);
  }
  expect(found[0].note).toBe("no runs of full and TIGER");
});
