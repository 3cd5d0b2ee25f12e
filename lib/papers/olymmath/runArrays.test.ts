import { describe, expect, it } from "vitest";
import { setMetrics } from "./metrics/setMetrics";
import { verdictArrays, verdictMetrics } from "./runArrays";
import { graded } from "./testing";

/** Answer 6, trap 5: two right (one of them in other words), two trapped, one wrong and cut off, one without a box. */
const first = { id: "SYNTH-EASY-0-ZH", language: "ZH", answer: "6", trap: "5" } as const;
const second = { id: "SYNTH-EASY-1-ZH", language: "ZH", answer: "\\frac{1}{2}", trap: "1" } as const;
const ANSWERS = [
  ["5", "6", "\\frac{12}{2}", "5", "~7", ""],
  ["0.5", "1/2", "1", "", "", ""],
];

const verdicts = {
  want: [graded(first, ANSWERS[0], "want"), graded(second, ANSWERS[1], "want")],
  ref: [graded(first, ANSWERS[0], "ref"), graded(second, ANSWERS[1], "ref")],
};

describe("arrays of a planted set of samples", () => {
  const arrays = verdictArrays("ZH", verdicts);

  it("say of each sample what is planted", () => {
    const expected = {
      "correct ZH": [0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0],
      "trap ZH": [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0],
      "boxed ZH": [1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0],
      "truncated ZH": [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
      "tokens ZH": [10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60],
      // "want" gives an empty answer no vote, the benchmark's own way lets empty answers agree.
      "cluster ZH": [0, 1, 1, 0, 2, -1, 0, 0, 1, -1, -1, -1],
      "cluster ZH ref": [0, 1, 1, 0, 2, 3, 0, 0, 1, 2, 2, 2],
      "correct ZH ref": [0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0],
    };
    expect(Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, [...values]]))).toEqual(
      expected,
    );
  });
});

describe("measures of a planted set of samples", () => {
  const metrics = verdictMetrics("ZH", verdicts);

  it("are those counted by hand", () => {
    const expected: Record<string, number> = {
      "pass@1 ZH": 4 / 12,
      "pass@n ZH": 1,
      // of the first problem 5 and 6 have two votes each; of the second 1/2 has most, but for the empty ones
      "cons@n ZH": (0.5 + 1) / 2,
      "guess rate ZH": 3 / 8,
      "boxed ZH": 8 / 12,
      "truncated ZH": 1 / 12,
      "tokens ZH": 35,
      "distinct ZH": 2.5,
      "pass@1 ZH ref": 4 / 12,
      "cons@n ZH ref": 0, // the first formed of two; three empty answers outvote two right ones
    };
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) expect(metrics[name], name).toBeCloseTo(value, 12);
  });

  it("are those of the set", () => {
    const { accuracy, pass, consensus, truncated, unboxed, tokens, distinct } = setMetrics(verdicts.want, {
      ks: [6],
      resamples: 10,
    });
    expect([
      metrics["pass@1 ZH"],
      metrics["pass@n ZH"],
      metrics["cons@n ZH"],
      metrics["truncated ZH"],
      1 - metrics["boxed ZH"],
      metrics["tokens ZH"],
      metrics["distinct ZH"],
    ]).toEqual([
      accuracy.value,
      pass[0].estimate.value,
      consensus[0].estimate.value,
      truncated.value,
      expect.closeTo(unboxed.value, 12),
      tokens.all,
      distinct,
    ]);
  });

  it("have no guess rate where nothing is wrong", () => {
    const right = [graded(first, ["6", "6"], "want")];
    expect(verdictMetrics("ZH", { want: right, ref: right })["guess rate ZH"]).toBeNaN();
  });
});
