import { describe, expect, test } from "vitest";
import { complementaryError, wilcoxonSignedRank } from "./wilcoxon";

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
