import { describe, expect, test } from "vitest";
import { complementaryError, type WilcoxonResult, wilcoxonSignedRank } from "./wilcoxon";

// p-values by scipy 1.17.1, stats.wilcoxon(a - b); those with ties also by counting all signs.
const sixty = {
  a: [
    1.6, 0.8, 2.6, 0.8, 1.0, 1.0, -0.4, 0.1, 1.6, -0.2, 0.4, 0.2, 0.8, -0.2, 0.0, 0.4, 0.3, -0.7, 1.1, -1.1,
    -1.0, -1.1, 1.2, -0.2, -0.8, -0.9, 0.6, -0.9, -1.1, 0.8, -1.0, -0.1, 0.2, -0.2, 0.1, 1.5, -0.3, -1.1,
    -1.6, -0.0, -0.2, 0.5, -0.3, -0.3, -0.5, -0.3, 0.4, -0.2, 0.3, 2.1, 0.7, -1.4, 1.9, 0.5, -0.7, 1.1, 0.2,
    -0.4, -0.4, -0.8,
  ],
  b: [
    0.0, 1.1, -0.3, 0.4, 1.9, -1.2, 0.3, -0.3, -1.1, -1.0, -0.0, 0.4, -0.5, 0.1, 0.7, 0.3, 0.9, 0.5, 0.5, 1.8,
    0.6, 0.1, 0.7, -0.9, -0.3, 0.8, 0.6, 1.5, 0.0, -1.5, 1.9, 1.1, -1.1, 1.4, 0.0, -1.8, -0.4, -0.5, 1.6,
    -0.8, -0.3, -0.3, -0.4, -0.9, 0.2, 1.1, 0.6, -0.9, -1.1, 0.1, -0.7, -0.6, -1.7, 2.0, 0.9, -1.0, 0.9, 1.3,
    -2.4, -0.5,
  ],
};

describe("Wilcoxon's signed-rank test", () => {
  test.each([
    [
      "a zero difference",
      [0.2, -0.32, 0.75, 1.42, 2.14, 1.11],
      [-0.55, -0.78, 0.75, 1.63, 0.27, -1.23],
      14,
      5,
      0.125,
    ],
    [
      "ties",
      [-0.5, 2.1, 0.7, -1.2, 0.4, -0.7, -0.1, 0.0, -0.2, 1.1],
      [-0.1, -0.6, 0.4, 0.8, -1.6, -0.3, -1.0, -0.2, -1.3, 0.0],
      39.5,
      10,
      0.244140625,
    ],
    [
      "many ties",
      [1, 0, 0, 0, 0, -1, 1, 0, 2, 1, -1, 1],
      [-1, 0, 0, -2, 0, 0, 1, -1, 1, -1, 0, -1],
      31,
      8,
      0.0859375,
    ],
  ])("exact, with %s", (_, a, b, statistic, pairs, pValue) => {
    expect(wilcoxonSignedRank(a, b)).toEqual({ statistic, pairs, pValue, exact: true });
    // The other way round the positive ranks are the negative ones; the p-value stays.
    expect(wilcoxonSignedRank(b, a)).toEqual({
      statistic: (pairs * (pairs + 1)) / 2 - statistic,
      pairs,
      pValue,
      exact: true,
    });
  });
  /** The sum of the ranks of the negative differences: W⁺ + W⁻ = n(n + 1) / 2. */
  const negativeRanks = ({ statistic, pairs }: WilcoxonResult) => (pairs * (pairs + 1)) / 2 - statistic;
  const ofDifferences = (...d: number[]) =>
    wilcoxonSignedRank(
      d,
      d.map(() => 0),
    );

  test("by hand, of the differences 1 to 5: W⁺ = 15, W⁻ = 0, p = 2 / 2⁵", () => {
    const result = ofDifferences(1, 2, 3, 4, 5);
    expect(result).toEqual({ statistic: 15, pairs: 5, pValue: 0.0625, exact: true });
    expect(negativeRanks(result)).toBe(0);
    // Of the 2³ sums 0, 1, 2, 3, 3, 4, 5, 6 five are at most 3: twice 5/8 is more than 1.
    expect(ofDifferences(1, 2, -3)).toEqual({ statistic: 3, pairs: 3, pValue: 1, exact: true });
    // Of the 2⁴ sums two are at most 1.
    expect(ofDifferences(-1, 2, 3, 4)).toEqual({ statistic: 9, pairs: 4, pValue: 0.25, exact: true });
  });
  test("by hand, zeros are dropped before there are ranks", () => {
    expect(ofDifferences(0, 1, 0, 2, 3, 4, 0, 5)).toEqual(ofDifferences(1, 2, 3, 4, 5));
    expect(ofDifferences(0, -1, 2, 0, 3, 4)).toEqual(ofDifferences(-1, 2, 3, 4));
  });
  test("by hand, equal sizes share the mean of their ranks, whatever their sign", () => {
    // Ranks of 1, 1, 2, 2, 2, 5: 1.5, 1.5, 4, 4, 4, 6; negative are a 1 and a 2: W⁻ = 5.5.
    const result = ofDifferences(1, -1, 2, -2, 2, 5);
    expect(result).toMatchObject({ statistic: 15.5, pairs: 6, exact: true });
    expect(negativeRanks(result)).toBe(5.5);
    // Sums up to 5.5 of those ranks: 0; 1.5 twice; 3; 4 three times; 5.5 = 1.5 + 4 six times: 13 of 2⁶.
    expect(result.pValue).toBe((2 * 13) / 64);
    // Ranks 1.5, 1.5, 3: of the sums 0, 1.5, 1.5, 3, 3, 4.5, 4.5, 6 five are at most 3.
    expect(ofDifferences(-1, -1, 2)).toEqual({ statistic: 3, pairs: 3, pValue: 1, exact: true });
  });
  test("all differences of one sign: 2 in 2ⁿ", () => {
    const n = 10;
    const up = Array.from({ length: n }, (_, i) => i + 1);
    expect(
      wilcoxonSignedRank(
        up,
        up.map(() => 0),
      ).pValue,
    ).toBeCloseTo(2 / 2 ** n, 15);
  });
  test("the normal approximation, with its variance corrected for ties", () => {
    const result = wilcoxonSignedRank(sixty.a, sixty.b);
    expect(result.exact).toBe(false);
    expect(Math.min(result.statistic, (result.pairs * (result.pairs + 1)) / 2 - result.statistic)).toBe(
      881.5,
    );
    expect(result.pValue).toBeCloseTo(0.9789186001523239, 10);
  });
  test("no difference at all says nothing; values without partners are refused", () => {
    expect(wilcoxonSignedRank([1, 2], [1, 2])).toMatchObject({ pairs: 0, pValue: 1 });
    expect(() => wilcoxonSignedRank([1, 2], [1])).toThrow(/got 2 and 1/);
  });
});

test.each([
  [0, 1],
  [0.5, 0.4795001221869535],
  [1.9, 0.007209570764742524],
  [2, 0.004677734981047266],
  [3, 2.2090496998585445e-5],
])("erfc(%f)", (x, expected) => {
  expect(Math.abs(complementaryError(x) / expected - 1)).toBeLessThan(1e-11);
});
