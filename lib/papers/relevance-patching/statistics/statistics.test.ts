import { describe, expect, it } from "vitest";
import { mean } from "../../../experiment/statistics";
import { kendallTau, topOverlap } from "./agreement";
import { bootstrapInterval } from "./bootstrap";
import {
  normalizedEffect,
  normalizedEffectBySample,
  normalizedPathEffect,
  percentChange,
  rawEffect,
} from "./effects";
import { accuracy, areaUnderCurve, faithfulness, gap, orderAccuracy, pairsToldApart } from "./judgement";
import { firstRelevantMrrAt, gradedNdcgAt, pairwiseScores, ranked } from "./ranking";

describe("effects", () => {
  // Means: clean 3, corrupted -1; the gap is 4.
  const runs = { clean: [4, 2], corrupted: [0, -2], patched: [2, -2] };

  it("follow their formulas", () => {
    expect([...rawEffect(runs)]).toEqual([2, 0]);
    expect([...normalizedEffect(runs)]).toEqual([0.75, -0.25]);
    expect([...normalizedEffectBySample(runs)]).toEqual([0.5, 0]);
    expect([...normalizedPathEffect(runs)]).toEqual([0.5, 1]);
    expect([...percentChange({ clean: [0.2, 0.6], patched: [0.4, 0.5] })].map(Math.round)).toEqual([50, -25]);
  });

  it("are 1 for the clean run and 0 for the corrupted one, on the mean", () => {
    expect(mean(normalizedEffect({ ...runs, patched: runs.clean }))).toBe(1);
    expect(mean(normalizedEffect({ ...runs, patched: runs.corrupted }))).toBe(0);
    expect([...normalizedPathEffect({ ...runs, patched: runs.clean })]).toEqual([0, 0]);
  });

  it("are 0 of equal prompts, and refuse to divide by noise", () => {
    const equal = { clean: [1, 1], corrupted: [1, 1], patched: [1, 1] };
    expect([...normalizedEffect(equal, { minimumGap: 0 })]).toEqual([0, 0]);
    expect([...normalizedEffectBySample(equal)]).toEqual([0, 0]);
    expect([...normalizedPathEffect(equal, { minimumGap: 0 })]).toEqual([0, 0]);
    const small = { clean: [0.4], corrupted: [0], patched: [0.2] };
    for (const effect of [normalizedEffect, normalizedPathEffect])
      expect(() => effect(small)).toThrow(
        "The means of clean and corrupted runs are 0.400 apart, less than 0.5: report the raw effect.",
      );
    expect([...normalizedEffect(small, { minimumGap: 0.1 })]).toEqual([0.5]);
    expect(() => rawEffect({ corrupted: [1, 2], patched: [1] })).toThrow(
      "Each sample needs one value of each run; got 2 corrupted, 1 patched.",
    );
    expect(() => rawEffect({ corrupted: [], patched: [] })).toThrow(/got 0 corrupted, 0 patched/);
  });
});

describe("judgements", () => {
  const judged = { clean: [2, -1, 3, 0], corrupted: [-1, -2, 3, 1] };

  it("follow their definitions", () => {
    // Right: 2 and 3 of clean, -1 and -2 of corrupted; 0 is no answer.
    expect(accuracy(judged)).toBe(0.5);
    // Two in order, a tie, one out of order.
    expect(orderAccuracy(judged)).toBe(2.5 / 4);
    expect(gap(judged)).toBe(0.75);
    expect(faithfulness({ clean: [1], corrupted: [0] }, { clean: [3], corrupted: [-1] })).toBe(0.25);
    expect(pairsToldApart(judged)).toEqual({ kept: [0, 1], share: 0.5 });
    expect(pairsToldApart(judged, 1)).toEqual({ kept: [0], share: 0.25 });
  });

  it("have an AUC: hand-computed, with ties, at its bounds", () => {
    // 3 > 2, 3 > 0, 1 < 2, 1 > 0: three of four
    expect(areaUnderCurve([3, 1], [2, 0])).toBe(0.75);
    // 1 = 1, 1 > 0, 0 < 1, 0 = 0: 0.5 + 1 + 0 + 0.5 of four
    expect(areaUnderCurve([1, 0], [1, 0])).toBe(0.5);
    expect(areaUnderCurve([2, 2, 2], [1])).toBe(1);
    expect(areaUnderCurve([1], [2, 3])).toBe(0);
    expect(areaUnderCurve([5, 5], [5, 5, 5])).toBe(0.5);
  });

  it("refuse what has no meaning", () => {
    expect(() => areaUnderCurve([], [1])).toThrow("The AUC needs positives and negatives; got 0 and 1.");
    expect(() => areaUnderCurve([Number.NaN], [1])).toThrow(/scores with NaN/);
    expect(() => faithfulness(judged, { clean: [1], corrupted: [1] })).toThrow(/no gap/);
    expect(() => orderAccuracy({ clean: [1], corrupted: [] })).toThrow(/got 1 and 0/);
  });
});

describe("rankings", () => {
  it("have nDCG of graded relevance", () => {
    // In the order of the scores: grades 3, 0, 2, 1. DCG = 7/1 + 0 + 3/2 + 1/log2(5), ideal 7/1 + 3/log2(3) + 1/2.
    const [scores, grades] = [
      [0.9, 0.1, 0.5, 0.7],
      [3, 1, 2, 0],
    ];
    const full = (7 + 1.5 + 1 / Math.log2(5)) / (7 + 3 / Math.log2(3) + 0.5);
    expect(gradedNdcgAt(scores, grades, 4)).toBeCloseTo(full, 12);
    expect(gradedNdcgAt(scores, grades, 2)).toBeCloseTo(7 / (7 + 3 / Math.log2(3)), 12);
    expect(gradedNdcgAt([4, 2, 3, 1], grades, 10)).toBe(1);
    expect(gradedNdcgAt(scores, [0, 0, 0, 0], 4)).toBe(0);
  });

  it("have MRR of the first relevant document, and ties in the order of the list", () => {
    expect(firstRelevantMrrAt([1, 3, 2], [1, 0, 2], 10)).toBe(1 / 2);
    expect(firstRelevantMrrAt([1, 3, 2], [1, 0, 0], 2)).toBe(0);
    expect(firstRelevantMrrAt([1, 3, 2], [0, 0, 0], 3)).toBe(0);
    expect(ranked([1, 2, 2, 0])).toEqual([1, 2, 0, 3]);
    expect(() => ranked([0, Number.NaN])).toThrow("Score 1 is NaN: it has no place in a ranking.");
    expect(() => gradedNdcgAt([1], [1, 2], 3)).toThrow(
      "Each document needs a score and a grade; got 1 and 2.",
    );
  });

  it("follow from answers to pairs in both orders", () => {
    // 0 beats 1 in both orders; 0 and 2 get yes in both, 1 and 2 get no in both: a half each.
    const wins = [
      [false, true, true],
      [false, false, false],
      [true, false, false],
    ];
    expect([...pairwiseScores(wins)]).toEqual([1.5, 0.5, 1]);
    expect(() => pairwiseScores([[true], [true]])).toThrow("2 documents need 2 answers each; got 1,1.");
  });
});

describe("agreement", () => {
  it("has Kendall's tau, with ties", () => {
    expect(kendallTau([1, 2, 3, 4], [1, 2, 3, 4])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    // Five concordant pairs, one discordant
    expect(kendallTau([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(4 / 6, 12);
    // Of three pairs one is tied in x: (2 - 0) / √(2 · 3)
    expect(kendallTau([1, 1, 2], [1, 2, 3])).toBeCloseTo(2 / Math.sqrt(6), 12);
    expect(kendallTau([1, 1], [1, 2])).toBeNaN();
    expect(() => kendallTau([1], [1])).toThrow(/two or more; got 1 and 1/);
  });

  it("has the overlap of the greatest", () => {
    expect(topOverlap([9, 8, 1, 0], [8, 0, 9, 1], 2)).toBe(0.5);
    expect(topOverlap([9, 8, 1, 0], [8, 0, 9, 1], 4)).toBe(1);
    expect(() => topOverlap([1, 2], [1, 2], 3)).toThrow("k goes from 1 to 2");
  });
});

describe("bootstrap", () => {
  const values = Array.from({ length: 60 }, (_, i) => Math.sin(i * 7) + 1);
  const meanOf = (indices: Int32Array) => mean(Array.from(indices, (i) => values[i]));

  it("repeats by its seed", () => {
    expect(bootstrapInterval(60, meanOf, { seed: 3 })).toEqual(bootstrapInterval(60, meanOf, { seed: 3 }));
    expect(bootstrapInterval(60, meanOf, { seed: 3 })).not.toEqual(
      bootstrapInterval(60, meanOf, { seed: 4 }),
    );
  });

  it("has the width that theory gives to a mean", () => {
    const { value, low, high, level } = bootstrapInterval(60, meanOf, { resamples: 10_000 });
    const variance = mean(values.map((x) => (x - value) ** 2));
    const half = 1.96 * Math.sqrt(variance / 60);
    expect(value).toBe(mean(values));
    expect(level).toBe(0.95);
    expect((value - low) / half).toBeCloseTo(1, 1);
    expect((high - value) / half).toBeCloseTo(1, 1);
  });

  it("refuses no units, and a statistic that is not a number", () => {
    expect(() => bootstrapInterval(0, meanOf)).toThrow("A bootstrap needs at least one unit");
    expect(() => bootstrapInterval(2, () => Number.NaN)).toThrow("The statistic of the sample is NaN");
  });
});
