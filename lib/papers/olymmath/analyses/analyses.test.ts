import { describe, expect, it } from "vitest";
import { setMetrics } from "../metrics/setMetrics";
import type { Field } from "../problems/problem";
import { PUBLISHED } from "../published";
import { graded } from "../testing";
import { benchmarkLine } from "./benchmarkLine";
import { consistencyGaps } from "./consistency";
import { guessRate } from "./guesses";
import { languageGap, unboxedByLanguage } from "./languageGap";
import { lengthsByVerdict } from "./lengths";

const QUICK = { resamples: 200 };

/** A problem with so many right samples of four. */
const solved = (language: "EN" | "ZH", index: number, right: number, field: Field = "Algebra") =>
  graded(
    { id: `SYNTH-EASY-${index}-${language}`, language, index, field, answer: "1" },
    Array.from({ length: 4 }, (_, sample) => (sample < right ? "1" : "2")),
  );

describe("benchmarkLine", () => {
  it("by hand, and on a line", () => {
    // x̄ 2, ȳ 3; Σ(x-x̄)² 2, Σ(x-x̄)(y-ȳ) 3, Σ(y-ȳ)² 6
    const line = benchmarkLine([1, 2, 3], [2, 2, 5]);
    expect(line).toMatchObject({ slope: 1.5, intercept: 0, pearson: expect.closeTo(3 / Math.sqrt(12), 12) });
    expect(line.spearman).toBeCloseTo(1.5 / Math.sqrt(2 * 1.5), 12); // ranks 1.5 1.5 3
    expect(benchmarkLine([1, 2, 4], [9, 7, 3])).toMatchObject({
      slope: -2,
      intercept: 11,
      pearson: -1,
      spearman: -1,
    });
  });

  it("on the published scores: both tiers about a line over AIME24, the hard one far below", () => {
    const of = (set: "AIME24" | "EN-EASY" | "EN-HARD") => PUBLISHED.map((scores) => scores[set]);
    const [easy, hard] = [
      benchmarkLine(of("AIME24"), of("EN-EASY")),
      benchmarkLine(of("AIME24"), of("EN-HARD")),
    ];
    expect(easy.pearson).toBeGreaterThan(0.98);
    expect(hard.pearson).toBeGreaterThan(0.97);
    expect([easy.spearman, hard.spearman]).toEqual([1, 1]);
    const at80 = ({ slope, intercept }: typeof easy) => intercept + 80 * slope;
    expect(at80(easy) - at80(hard)).toBeGreaterThan(50);
  });

  it("refuses what has no line", () => {
    expect(() => benchmarkLine([1, 2], [1, 2])).toThrow("three models or more; got 2 and 2");
    expect(() => benchmarkLine([1, 1, 1], [1, 2, 3])).toThrow("the same score on the other benchmark");
  });
});

describe("languageGap", () => {
  const rights = { en: [4, 3, 4, 2, 4, 1], zh: [3, 1, 1, 2, 0, 1] };
  const sides = (["EN", "ZH"] as const).map((language) =>
    rights[language === "EN" ? "en" : "zh"].map((right, index) =>
      solved(language, index, right, index < 4 ? "Algebra" : "Geometry"),
    ),
  );
  const one = { model: "m", en: sides[0], zh: [...sides[1]].reverse() };

  it("pairs problems by number, drops those without difference, and corrects for the rows", () => {
    const rows = languageGap([one], QUICK);
    expect(rows.map(({ field, problems }) => [field, problems])).toEqual([
      ["all", 6],
      ["Algebra", 4],
      ["Geometry", 2],
    ]);
    const [all, algebra] = rows;
    expect(all).toMatchObject({ tier: "EASY", en: 18 / 24, zh: 8 / 24 });
    expect(all.difference.value).toBeCloseTo(10 / 24, 12);
    // Differences 1 2 3 0 4 0 quarters: W+ = 10 of 4 pairs, p = 2 / 2⁴
    expect(all.test).toEqual({ statistic: 10, pairs: 4, pValue: 1 / 8, exact: true });
    expect(algebra.test).toMatchObject({ pairs: 3, pValue: 1 / 4 });
    expect(all.adjustedPValue).toBe(3 / 8); // the smallest of three
    expect(algebra.adjustedPValue).toBe(1 / 2);
  });

  it("takes the mean over models, of problems that all have", () => {
    const other = {
      model: "n",
      en: sides[0].slice(0, 5),
      zh: sides[0].map((p, index) => solved("ZH", index, 4, p.problem.field)),
    };
    const [all] = languageGap([one, other], QUICK);
    expect(all.problems).toBe(5);
    // first model 1 2 3 0 4, second 0 -1 0 -2 0: quarters, halved
    expect(all.difference.value).toBeCloseTo((1 + 1 + 3 - 2 + 4) / 8 / 5, 12);
    expect(() => languageGap([])).toThrow("needs the results of a model");
  });

  it("ranks equal differences alike, whatever their last bits", () => {
    const tenths = (language: "EN" | "ZH", rights: readonly number[]) =>
      rights.map((right, index) => {
        const { problem } = solved(language, index, 0);
        return { problem, samples: Array.from({ length: 10 }, (_, sample) => ({ correct: sample < right })) };
      });
    expect(0.3 - 0.1).not.toBe(0.4 - 0.2);
    const [all] = languageGap([{ model: "m", en: tenths("EN", [3, 2]), zh: tenths("ZH", [1, 4]) }], QUICK);
    expect(all.test).toMatchObject({ statistic: 1.5, pairs: 2 });
  });

  it("redraws samples of both languages: the interval of one problem has width", () => {
    const { low, high, value } = languageGap(
      [{ model: "m", en: [solved("EN", 0, 2)], zh: [solved("ZH", 0, 2)] }],
      QUICK,
    )[0].difference;
    expect(value).toBe(0);
    expect([low, high]).toEqual([expect.closeTo(-0.75, 0.26), expect.closeTo(0.75, 0.26)]);
  });

  it("counts samples without a box by language and verdict", () => {
    const en = [graded({ answer: "1" }, ["1", "", "2"])];
    const zh = [graded({ answer: "1", language: "ZH" }, ["", "", "1"])];
    expect(unboxedByLanguage({ en, zh })).toEqual([
      { language: "EN", verdict: "right", samples: 1, unboxed: 0 },
      { language: "EN", verdict: "wrong", samples: 2, unboxed: 1 },
      { language: "ZH", verdict: "right", samples: 1, unboxed: 0 },
      { language: "ZH", verdict: "wrong", samples: 2, unboxed: 2 },
    ]);
  });
});

describe("consistencyGaps", () => {
  it("is pass@k less cons@k", () => {
    const metrics = setMetrics([graded({ answer: "1" }, ["1", "2", "2", "2"])], { ...QUICK, ks: [1, 4] });
    expect(consistencyGaps(metrics)).toEqual([
      {
        k: 1,
        pass: expect.closeTo(0.25, 12),
        consensus: expect.closeTo(0.25, 12),
        gap: expect.closeTo(0, 12),
      },
      { k: 4, pass: 1, consensus: 0, gap: 1 },
    ]);
  });
});

describe("lengthsByVerdict", () => {
  it("means of right, wrong and all", () => {
    const { correct, incorrect, all } = lengthsByVerdict([
      graded({ answer: "1" }, ["1", "22"]),
      graded({ answer: "1" }, ["333"]),
    ]);
    // "0 \boxed{1}" has 11 characters, and one more for each more digit.
    expect(correct).toEqual({ samples: 1, reasoning: 0, visible: 11, tokens: 10 });
    expect(incorrect).toEqual({ samples: 2, reasoning: 0, visible: 12.5, tokens: 15 });
    expect(all.visible).toBeCloseTo(12, 12);
    expect(lengthsByVerdict([]).all).toMatchObject({ samples: 0, tokens: Number.NaN });
  });
});

describe("guessRate", () => {
  it("is the share of traps among what is wrong, of problems that have one", () => {
    const trapped = { answer: "8", trap: "15" };
    const rate = guessRate(
      [
        graded(trapped, ["15", "15.0", "7", "8"]),
        graded(trapped, ["8", "1"]),
        graded({ answer: "8" }, ["15"]),
      ],
      QUICK,
    );
    expect(rate).toMatchObject({ problems: 2, wrong: 4, trapped: 2, rate: { value: 0.5 } });
    expect(rate.rate.low).toBeLessThan(0.5);
    expect(guessRate([graded(trapped, ["8"])], QUICK)).toMatchObject({
      wrong: 0,
      rate: { value: Number.NaN },
    });
  });
});
