import { describe, expect, test } from "vitest";
import { type ClaimEvidence, claimRows, holm, judge } from "./claims";

test("Holm: the smallest p-value counts for all, the next for all but one, and none falls below the one before", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.5, Number.NaN, 0.4])).toEqual([0.8, Number.NaN, 0.8]);
  expect(holm([])).toEqual([]);
});

const claim = (difference: number, pValue: number, rest: Partial<ClaimEvidence> = {}): ClaimEvidence => ({
  claim: "C1",
  sentence: "a beats b",
  source: "table 1",
  expected: { kind: "above 0" },
  effect: { difference, low: difference - 0.1, high: difference + 0.1, level: 0.95, pValue },
  seeds: 3,
  ...rest,
});
const verdicts = (...evidence: ClaimEvidence[]) => judge(evidence).map(({ verdict }) => verdict);

describe("verdicts", () => {
  test("on an effect above 0", () => {
    expect(verdicts(claim(0.2, 0.001), claim(-0.2, 0.001), claim(0.2, 0.2))).toEqual([
      "supported",
      "refuted",
      "undecided",
    ]);
  });
  test("one of many must be surer than one alone", () => {
    expect(verdicts(claim(0.2, 0.04))).toEqual(["supported"]);
    expect(verdicts(claim(0.2, 0.04), claim(0.2, 0.9))).toEqual(["undecided", "undecided"]);
  });
  test("two seeds decide nothing, and neither do missing runs", () => {
    expect(verdicts(claim(0.2, 0.001, { seeds: 2 }), claim(0, 0, { effect: undefined }))).toEqual([
      "undecided",
      "undecided",
    ]);
  });
  test("on an effect about 0", () => {
    const within = (difference: number) =>
      claim(difference, 0.5, { expected: { kind: "within", margin: 0.15 } });
    expect(verdicts(within(0.02), within(0.1), within(0.3), within(-0.3))).toEqual([
      "supported",
      "undecided",
      "refuted",
      "refuted",
    ]);
    expect(judge([within(0.02)])[0].adjustedPValue).toBeNaN();
  });
});

test("the table of claims: numbers where there is a test, empty cells and the note where there is none", () => {
  const missing = claim(0, 0, { claim: "C2", effect: undefined, seeds: 0, note: "no runs of b" });
  expect(claimRows(judge([claim(0.2, 0.001), missing]))).toEqual([
    {
      claim: "C1",
      sentence: "a beats b",
      "in the paper": "table 1",
      effect: "0.2000",
      "95% interval": "0.1000 to 0.3000",
      "p (Holm)": "0.0010",
      seeds: 3,
      verdict: "supported",
      note: "",
    },
    {
      claim: "C2",
      sentence: "a beats b",
      "in the paper": "table 1",
      effect: "",
      "95% interval": "",
      "p (Holm)": "",
      seeds: 0,
      verdict: "undecided",
      note: "no runs of b",
    },
  ]);
});
