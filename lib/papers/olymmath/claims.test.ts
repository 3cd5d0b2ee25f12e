import { beforeAll, describe, expect, it } from "vitest";
import type { ClaimVerdict } from "../../experiment/claims";
import type { StoredRun } from "../../experiment/store";
import { testClaims } from "./claims";
import { plantedLedger, plantedRun } from "./testingRuns";

const CLAIMS = ["C1", "C2 language", "C2 cause", "C3", "C4", "C5", "C6"];
const SEEDS = [1, 2, 3];
const all = (verdict: string) => Object.fromEntries(CLAIMS.map((claim) => [claim, verdict]));
const verdicts = (found: readonly ClaimVerdict[]) =>
  Object.fromEntries(found.map(({ claim, verdict }) => [claim, verdict]));

/** Eight problems, all with these samples. */
const runOf = (EN: string, ZH: string) => plantedRun({ EN: Array(8).fill(EN), ZH: Array(8).fill(ZH) });

/** As the paper says: the vote is for the trap, Chinese is never right, wrong samples are longer, and so on. */
const AS_SAID = {
  ...{ main: ["RTTW", "TTWW"], equal: ["RTTW", "RTTW"], careful: ["RWww", "WWWW"] },
  ...{ short: ["!!!!", "!!!!"], greedy: ["R", "W"], hot: ["WRWw", "WWWW"] },
} as const;
/** The other way round. */
const OTHERWISE = {
  ...{ main: ["WRRR", "RRRR"], equal: ["RRRR", "WWww"], careful: ["TRRR", "RRRR"] },
  ...{ short: ["RRRR", "RRRR"], greedy: ["W", "W"], hot: ["RRRR", "RRRR"] },
} as const;

type Runs = Readonly<Record<string, readonly StoredRun[]>>;
const runsOf = (asSaid: readonly boolean[]): Runs =>
  Object.fromEntries(
    (Object.keys(AS_SAID) as (keyof typeof AS_SAID)[]).map((name) => [
      name,
      asSaid.map((is) => {
        const [EN, ZH] = (is ? AS_SAID : OTHERWISE)[name];
        return runOf(EN, ZH);
      }),
    ]),
  );
const judged = (runs: Runs, seeds = SEEDS) => testClaims(plantedLedger(runs, seeds), { resamples: 400 });

describe("claims", () => {
  let right: readonly ClaimVerdict[];
  let wrong: readonly ClaimVerdict[];
  beforeAll(() => {
    right = judged(runsOf([true, true, true]));
    wrong = judged(runsOf([false, false, false]));
  });
  const effects = (found: readonly ClaimVerdict[]) => found.map(({ effect }) => effect!.difference);
  const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 10));

  it("are all supported by runs that are as the paper says, all refuted by such as are not", () => {
    expect(verdicts(right)).toEqual(all("supported"));
    expect(verdicts(wrong)).toEqual(all("refuted"));
    for (const { seeds, adjustedPValue } of right) expect([seeds, adjustedPValue < 0.05]).toEqual([3, true]);
  });

  it("have the effects that can be computed by hand", () => {
    // Samples have 10, 20, 30 and 40 tokens.
    expect(effects(right)).toEqual(
      close([1 - 0 - 0.1, 1 / 4 - 0, 1 / 4 - 0, 30 - 10, 2 / 3 - 0, 1 / 4 - 0, 1 - 1 / 4]),
    );
    expect(effects(wrong)).toEqual(
      close([1 - 1 - 0.1, 3 / 4 - 1, 3 / 4 - 1 - (1 - 0), 10 - 30, 0 - 1, 3 / 4 - 1, 0 - 1]),
    );
  });

  it("say what stands behind them", () => {
    expect(right.map(({ note }) => note)).toEqual([
      "n = 4; in the paper 64",
      "Wilcoxon, over 8 problems that differ: p = 0.0078", // 2 of 2⁸ assignments of signs
      "",
      "within a problem 20.0, mean of 24 with right and wrong samples",
      "",
      "cut off, 3% in Chinese, T = 0.6: 0.00; at most 32 tokens: 1.00",
      "pass@1, T = 0: 1.00; T = 1: 0.25",
    ]);
  });
});

it("claims are left open where one seed says otherwise", () => {
  expect(verdicts(judged(runsOf([true, false, true])))).toEqual(all("undecided"));
});

it("claims are left open by one seed, which has effects all the same", () => {
  const found = judged(runsOf([true]), [1]);
  expect(verdicts(found)).toEqual(all("undecided"));
  for (const { claim, effect, seeds } of found)
    expect([claim, seeds, effect!.difference > 0]).toEqual([claim, 1, true]);
});

describe("what hangs on a few problems", () => {
  const few = ["RRRW", "WWWW", "WWWW", "WWWW"];
  const main = plantedRun({ EN: few, ZH: ["WWWW", "WWWW", "WWWW", "WWWW"] });
  const of = (claim: string) =>
    judged({ main: [main, main, main] }).find((verdict) => verdict.claim === claim)!;

  it("is left open though all seeds agree: they have the same problems", () => {
    expect(of("C2 language")).toMatchObject({ verdict: "undecided", effect: { difference: 3 / 16, low: 0 } });
  });
  it("has an interval though it is not in every draw of problems", () => {
    const { effect } = of("C3");
    // wrong: 40 and three times 25; right: 20
    expect(effect!.difference).toBeCloseTo((40 + 12 * 25) / 13 - 20, 10);
    expect([effect!.low, effect!.high, effect!.pValue].every(Number.isFinite)).toBe(true);
    expect(effect!.low).toBe(0); // draws without any right sample
  });
});

describe("what cannot be tested says why", () => {
  const notes = (runs: Runs) =>
    Object.fromEntries(judged(runs).map(({ claim, effect, seeds, note }) => [claim, effect ? seeds : note]));

  it("where there are no runs, or too few", () => {
    const found = judged({});
    expect(found.map(({ claim }) => claim)).toEqual(CLAIMS);
    for (const { verdict, effect, seeds, adjustedPValue } of found)
      expect([verdict, effect, seeds, adjustedPValue]).toEqual(["undecided", undefined, 0, Number.NaN]);
    const { main, careful } = runsOf([true, true, true]);
    expect(notes({ main, careful: careful.slice(1) })).toEqual({
      ...{ C1: 3, "C2 language": 3, "C2 cause": "no runs of half in Chinese", C3: 3 },
      ...{ C4: "no runs of no shortcuts", C5: "no runs of at most 32 tokens" },
      C6: "no runs of T = 0 and T = 1",
    });
  });

  it("where nothing is right, or nothing is wrong", () => {
    const [none, whole] = [runOf("WWWW", "WWWW"), runOf("RRRR", "RRRR")];
    const of = (main: StoredRun, careful: StoredRun) => {
      const found = notes({ main: [main, main, main], careful: [careful, careful, careful] });
      return [found.C3, found.C4];
    };
    const why = "in some run no sample is right, or none is wrong";
    expect(of(none, none)).toEqual([why, 3]);
    expect(of(whole, none)).toEqual([why, why]);
    expect(of(runOf("RWWW", "WWWW"), whole)).toEqual([3, why]);
  });
});
