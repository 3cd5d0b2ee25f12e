import { describe, expect, it, test } from "vitest";
import type { SeededValues } from "../../experiment/statistics";
import { type ClaimRuns, claimRuns, testClaims } from "./claims";
import { streamRecConfig } from "./config";
import type { Ledger } from "./ledger";

/** What each variant is worth where the paper is right. */
const LEVELS: Record<string, number> = {
  ...{ full: 0.6, sft: 0.5, TIGER: 0.4, "TIGER + pauses": 0.4, stage1: 0.3, similar: 0.35, random: 0.3 },
  ...{ "no-contrast": 0.4, "no-quantisation": 0.4, "no-preference": 0.4 },
  ...{ "no-format": 0.5, "no-match": 0.5, "no-similarity": 0.5, "no-likelihood": 0.5, "no-rank": 0.5 },
  ...{ l0: 0.4, l4: 0.5, l8: 0.4 },
};
const THINKING = { firstCosine: 0.3, lastCosine: 0.5, directLogLikelihood: 0.3, thinkingLogLikelihood: 0.6 };
const USERS = 15;

const noise = (seed: number, user: number) => ((7 * user + 3 * seed) % 5) / 100;
const table = (seeds: number, value: number): SeededValues =>
  Array.from({ length: seeds }, (_, seed) =>
    Float64Array.from({ length: USERS }, (_, user) => value + noise(seed, user)),
  );

/** Runs that say what `worth` makes of each variant's level. */
function madeRuns(worth: (level: number) => number, seeds = 3): ClaimRuns {
  return {
    values: (name) => table(seeds, worth(LEVELS[name])),
    thinking: (name) => table(seeds, worth(THINKING[name])),
    relativeCost: Array.from(
      { length: seeds },
      (_, seed) => (worth(0.6) > worth(0.4) ? 1.05 : 3) + seed / 100,
    ),
    chosenSteps: "l4",
  };
}

const CLAIMS = [
  ...["S1 RL", "S1 RL Recall", "S1 SFT", "S1 SFT Recall", "S1 pauses", "S2", "S3 similar", "S3 random"],
  ...["S4 contrast", "S4 quantisation", "S4 preference"],
  ...["S4 format", "S4 match", "S4 similarity", "S4 likelihood", "S4 rank"],
  ...["S5 more", "S5 fewer", "S6 states", "S6 likelihood", "S7"],
];
const verdicts = (runs: ClaimRuns) =>
  Object.fromEntries(testClaims(runs).map(({ claim, verdict }) => [claim, verdict]));
const all = (verdict: string) => Object.fromEntries(CLAIMS.map((claim) => [claim, verdict]));
const right = madeRuns((level) => level);

describe("claims", () => {
  it("are all supported by runs that are as the paper says", () => {
    expect(verdicts(right)).toEqual(all("supported"));
  });
  it("are all refuted by runs that are the other way round", () => {
    expect(verdicts(madeRuns((level) => 1 - level))).toEqual(all("refuted"));
  });
  it("are left open where nothing makes a difference; the cost aside, which is to be as expected", () => {
    const flat = { ...madeRuns(() => 0.4), relativeCost: [1, 1.01, 0.99] };
    expect(verdicts(flat)).toEqual({ ...all("undecided"), S7: "supported" });
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
  ["S1 RL", "full", "sft"],
  ["S1 SFT", "sft", "TIGER"],
  ["S1 pauses", "full", "TIGER + pauses"],
  ["S2", "TIGER", "stage1"],
  ["S3 similar", "sft", "similar"],
  ["S3 random", "sft", "random"],
  ["S4 contrast", "sft", "no-contrast"],
  ["S4 quantisation", "sft", "no-quantisation"],
  ["S4 preference", "sft", "no-preference"],
  ["S4 format", "full", "no-format"],
  ["S4 match", "full", "no-match"],
  ["S4 similarity", "full", "no-similarity"],
  ["S4 likelihood", "full", "no-likelihood"],
  ["S4 rank", "full", "no-rank"],
  ["S5 more", "l4", "l0"],
  ["S5 fewer", "l4", "l8"],
])("%s is the mean of %s minus that of %s", (claim, better, worse) => {
  const only = {
    ...right,
    values: (name: string) => table(3, name === better ? 0.7 : name === worse ? 0.6 : 0),
  };
  const found = testClaims(only).find((verdict) => verdict.claim === claim);
  expect(found?.effect?.difference).toBeCloseTo(0.1, 12);
});

test("what thinking does is measured from its first to its last step, and against writing at once", () => {
  const effect = (claim: string) => testClaims(right).find((verdict) => verdict.claim === claim)?.effect;
  expect(effect("S6 states")?.difference).toBeCloseTo(0.2, 12);
  expect(effect("S6 likelihood")?.difference).toBeCloseTo(0.3, 12);
  expect(effect("S7")?.difference).toBeCloseTo(0.06, 12);
});

test("without runs nothing is decided, and each claim says what it lacks", () => {
  const found = testClaims({
    ...{ values: () => undefined, thinking: () => undefined },
    ...{ relativeCost: [], chosenSteps: undefined },
  });
  for (const { claim, verdict, effect, note } of found) {
    expect(verdict, claim).toBe("undecided");
    expect(effect, claim).toBeUndefined();
    expect(note, claim).toMatch(/^no runs of \S/);
  }
  expect(found[0].note).toBe("no runs of full and sft");
});

describe("from a ledger", () => {
  const ledger = (validation: Record<string, number>, seeds = [1, 2]) =>
    ({
      ...{ config: streamRecConfig("smoke"), seeds },
      runs: (name: string) =>
        name in validation
          ? [0, 1].map((seed) => ({
              metrics: {
                "validation NDCG@10": validation[name] + seed / 10,
                "NDCG@10": 1 - validation[name],
                "thinking tokens": 4,
                "answer tokens": 3,
              },
              timings: { "milliseconds a user, thinking": 7, "milliseconds a user, direct": 2 },
              array: () => Int32Array.of(1),
            }))
          : [],
    }) as unknown as Ledger;
  const chosen = (...of: Parameters<typeof ledger>) => claimRuns(ledger(...of)).chosenSteps;

  it("l is chosen by validation between the least and the greatest, whatever the test says", () => {
    expect(chosen({ l0: 0.9, l2: 0.2, l4: 0.3, l6: 0.1, l8: 0.8 })).toBe("l4");
    expect(chosen({ l0: 0.1, l2: 0.2, l4: 0.3, l6: 0.4, l8: 0.8 })).toBe("l6");
  });
  it("only where every seed has run all of them", () => {
    expect(chosen({ l0: 0.1, l2: 0.4, l4: 0.3, l6: 0.2 })).toBeUndefined();
    expect(chosen({ l0: 0.1, l2: 0.4, l4: 0.3, l6: 0.2, l8: 0.1 }, [1, 2, 3])).toBeUndefined();
  });
  it("the cost is relative to (l + m) / m", () => {
    // 7 ms to 2 are 3.5 times as long, with 7/3 times as many steps.
    for (const cost of claimRuns(ledger({ full: 0.5 })).relativeCost) expect(cost).toBeCloseTo(1.5, 12);
  });
});
