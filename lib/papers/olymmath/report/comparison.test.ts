import { describe, expect, it } from "vitest";
import { PUBLISHED } from "../published";
import { comparison } from "./comparison";
import type { ReportInFolder } from "./comparisonChecks";
import { comparisonTables } from "./comparisonTables";
import { answers, planted, QUICK, three } from "./comparisonTesting";

const tableOf = (of: ReturnType<typeof comparison>, title: string) =>
  comparisonTables(of).find((table) => table.title === title);

describe("scores of three models", () => {
  it("are those of their own reports where all have the same problems", () => {
    const rows = three().scores.filter(({ set, mode }) => set === "EN-EASY" && mode === "ref");
    expect(rows.map(({ model, accuracy, k, problems }) => [model, accuracy.value, k, problems])).toEqual([
      ["weak", 4 / 20, 4, 5],
      ["middle", 10 / 20, 4, 5],
      ["strong", 16 / 20, 4, 5],
    ]);
    // Of four samples: solved at least once, and by the vote; wrong answers have a vote each, 2 of 4 win, 1 of 4 is first in `ref`.
    expect(rows.map(({ pass, consensus }) => [pass.value, consensus.value])).toEqual([
      [3 / 5, 3 / 5],
      [4 / 5, 4 / 5],
      [5 / 5, 5 / 5],
    ]);
    const { report } = planted("weak", {
      sets: { "EN-EASY": [2, 1, 1, 0, 0].map((one) => answers(one, 4)) },
    });
    expect(rows[0].accuracy).toEqual(report.sets[0].ref.metrics.accuracy);
    expect(rows[0].own.consensus).toEqual(report.sets[0].ref.metrics.consensus.slice(-1)[0]);
  });

  it("with other numbers of samples: the most that all have, by hand", () => {
    const of = comparison(
      [
        planted("few", { sets: { "EN-HARD": [answers(1, 2), answers(0, 2)] } }),
        // 3 right of 5 and two equal wrong ones; 1 right of 5
        planted("many", { sets: { "EN-HARD": [answers(3, 5, "9"), answers(1, 5, "9")] } }),
      ],
      QUICK,
    );
    const [few, many] = of.scores.filter(({ mode }) => mode === "want");
    expect([few.k, many.k, few.samples.most, many.samples.most]).toEqual([2, 2, 2, 5]);
    expect([few.pass.value, few.consensus.value]).toEqual([1 / 2, expect.closeTo(1 / 4, 12)]);
    // Pass@2: 1 - C(2,2)/C(5,2), and 1 - C(4,2)/C(5,2). Cons@2: (3 + 6/2)/10, and (4/2)/10.
    expect(many.pass.value).toBeCloseTo((9 / 10 + 4 / 10) / 2, 12);
    expect(many.consensus.value).toBeCloseTo((6 / 10 + 2 / 10) / 2, 12);
    expect(many.gap).toBeCloseTo(0.65 - 0.4, 12);
    // With all five the vote finds the first and misses the second.
    expect([many.own.pass.k, many.own.pass.estimate.value, many.own.consensus.estimate.value]).toEqual([
      5,
      1,
      1 / 2,
    ]);
    expect(tableOf(of, "Solved now and then, but not by the vote")!.rows[3]).toEqual({
      ...{ set: "EN-HARD", model: "many", checked: "want", k: 2, "Pass@k - Cons@k": "25.0" },
      ...{ n: 5, "Pass@n - Cons@n": "50.0" },
    });
  });

  it("are over the problems of which all have samples", () => {
    const of = comparison(
      [
        planted("whole", { sets: { "EN-HARD": [answers(2, 2), answers(0, 2), answers(2, 2)] } }),
        planted("part", { sets: { "EN-HARD": [answers(1, 2), answers(1, 2), []] } }),
        planted("other", { sets: { "EN-EASY": [answers(1, 1)] } }),
      ],
      QUICK,
    );
    const rows = of.scores.filter(({ mode, set }) => mode === "ref" && set === "EN-HARD");
    expect(
      rows.map(({ model, accuracy, problems, sampled }) => [model, accuracy.value, problems, sampled]),
    ).toEqual([
      ["whole", 1 / 2, 2, 3],
      ["part", 1 / 2, 2, 2],
    ]);
    const shown = tableOf(of, "Scores by set")!.rows.filter((row) => row["checked"] === "ref");
    expect(shown.map((row) => [row["model"], row["problems"]])).toEqual([
      ["other", "1"],
      ["whole", "2 of 3"],
      ["part", "2"],
    ]);
    expect(of.scores.find(({ model }) => model === "whole")!.own.pass.estimate.value).toBe(2 / 3);
  });

  it("lengths by verdict are those of the reports", () => {
    // Sample j has 10 (j + 1) tokens, the right ones come first.
    const rows = tableOf(three(), "Lengths of right and wrong samples")!.rows;
    expect(rows.slice(0, 2)).toMatchObject([
      { set: "EN-EASY", model: "weak", verdict: "correct", samples: 4, tokens: "12.5" },
      { set: "EN-EASY", model: "weak", verdict: "incorrect", samples: 16, tokens: "28.1" },
    ]);
  });
});

describe("English against Chinese", () => {
  it("by model, and over the models: the mean of a problem's differences, Wilcoxon and Holm by hand", () => {
    const { byModel, pooled } = three().languages.ref;
    expect(byModel.map(({ model, en, zh, test }) => [model, en, zh, test.pairs, test.pValue])).toEqual([
      ["weak", 4 / 20, 2 / 20, 2, 1 / 2], // 1 1 0 0 0
      ["middle", 10 / 20, 5 / 20, 4, 1 / 8], // 2 1 1 1 0
      ["strong", 16 / 20, 13 / 20, 3, 1 / 4], // 0 1 1 1 0
    ]);
    expect(byModel.map(({ adjustedPValue }) => adjustedPValue)).toEqual([1 / 2, 3 / 8, 1 / 2]);
    // Twelfths: 3 3 2 2 0; the one field has the same.
    expect(pooled.map(({ field, models, problems }) => [field, models, problems])).toEqual([
      ["all", 3, 5],
      ["Algebra", 3, 5],
    ]);
    expect(pooled[0].difference.value).toBeCloseTo(10 / 12 / 5, 12);
    expect(pooled[0].test).toMatchObject({ statistic: 10, pairs: 4, pValue: 1 / 8 });
    expect(pooled[0].adjustedPValue).toBe(1 / 4);
  });

  it("counts in each tier the models that have it in both languages", () => {
    const both = (right: number) => ({ "EN-HARD": [answers(right, 2)], "ZH-HARD": [answers(0, 2)] });
    const of = comparison(
      [
        planted("a", { sets: both(2) }),
        planted("b", { sets: both(1) }),
        planted("c", { sets: { "EN-HARD": [answers(0, 2)] } }),
      ],
      QUICK,
    );
    expect(of.languages.ref.pooled[0]).toMatchObject({ tier: "HARD", models: 2, en: 3 / 4, zh: 0 });
    expect(of.languages.ref.byModel.map(({ model }) => model)).toEqual(["a", "b"]);
  });
});

describe("beside the published scores", () => {
  it("has them in percent, and lines over AIME24 with both correlations", () => {
    const of = three();
    expect(of.benchmark!.models.map(({ model }) => model)).toEqual(PUBLISHED.map(({ model }) => model));
    const [easy, hard] = tableOf(of, "Against AIME24")!.rows;
    // x̄ 79.8, ȳ 78.625: Σ(x-x̄)² 108.18, Σ(x-x̄)(y-ȳ) 169.08, Σ(y-ȳ)² 267.03
    expect(easy).toMatchObject({
      set: "EN-EASY",
      models: 4,
      slope: "1.56",
      Pearson: "0.995",
      Spearman: "1.000",
    });
    expect(hard).toMatchObject({ set: "EN-HARD", models: 4, Spearman: "1.000" });
    const rows = tableOf(of, "Pass@1 beside published scores")!.rows;
    expect(rows[1]).toMatchObject({ model: "middle", from: "here" });
    expect(rows[1]["EN-EASY"]).toMatch(/^50\.0 \[/);
    expect(rows[4]).toEqual({ model: "QwQ-32B", from: "published", "EN-EASY": "78.1", "ZH-EASY": "68.9" });
  });

  it("takes in the models whose score there is told, on the tiers that they have", () => {
    const of = three({ aime24: new Map([["weak", 90]]) });
    expect(of.benchmark!.models[4]).toEqual({ model: "weak, here", AIME24: 90, "EN-EASY": 20 });
    const [easy, hard] = of.benchmark!.lines;
    expect([easy.models, hard.models]).toEqual([5, 4]);
    // Ranks on AIME24 1 .. 5, here 2 3 4 5 1: ρ = 1 - 6 · (4 · 1 + 16) / (5 · 24)
    expect(easy.spearman).toBeCloseTo(0, 12);
  });

  it("made-up problems have none of it", () => {
    const of = three({}, { synthetic: true });
    expect([of.published, of.benchmark]).toEqual([undefined, undefined]);
    expect(comparisonTables(of).map(({ title }) => title)).not.toContain("Pass@1 beside published scores");
    expect(() => three({ aime24: new Map([["weak", 90]]) }, { synthetic: true })).toThrow(
      "Scores on made-up problems have no place beside AIME24.",
    );
  });

  it("a score there needs one here", () => {
    const chinese = ["a", "b"].map((name) => planted(name, { sets: { "ZH-HARD": [answers(1, 1)] } }));
    expect(() => comparison(chinese, { ...QUICK, aime24: new Map([["a", 50]]) })).toThrow(
      "a has no score on EN-EASY or EN-HARD to stand beside AIME24.",
    );
  });
});

describe("banners and names", () => {
  it("what all have stands once, what some have with their names", () => {
    const sets = { "EN-HARD": [answers(1, 1)] };
    const of = comparison(
      [
        planted("a", { sets, change: { banners: ["SYNTHETIC: made up.", "MOCK: no model."] } }),
        planted("b", { sets, change: { banners: ["SYNTHETIC: made up.", "REPLAY: given again."] } }),
      ],
      QUICK,
    );
    expect(of.banners).toEqual([
      "SYNTHETIC: made up.",
      "MOCK: no model. This is about a.",
      "REPLAY: given again. This is about b.",
    ]);
  });
  it("one model with two settings has the settings in its name", () => {
    const sets = { "EN-HARD": [answers(1, 1)] };
    const second = planted("a", { sets, change: { settingsId: "f".repeat(16) } });
    const names = comparison([planted("a", { sets }), second, planted("b", { sets })], QUICK).models.map(
      ({ name }) => name,
    );
    expect(names[1]).toBe("a (ffffffff)");
    expect(names[0]).toMatch(/^a \([0-9a-f]{8}\)$/);
    expect(names[2]).toBe("b");
  });
});

describe("refuses what cannot be compared", () => {
  const sets = { "EN-HARD": [answers(1, 1)] };
  const a = planted("a", { sets });
  const refused = (...of: ReportInFolder[]) => expect(() => comparison(of, QUICK));
  it("one model alone", () => {
    refused(a).toThrow("A comparison needs two models or more; got 1.");
  });
  it("two of one model with one setting", () => {
    refused(a, { ...a, folder: "runs/copy" }).toThrow(
      /^runs\/a and runs\/copy both have a with the settings [0-9a-f]{16}\./,
    );
  });
  it("made-up problems beside the benchmark's", () => {
    refused(a, planted("b", { sets, synthetic: true })).toThrow(
      "runs/b has made-up problems, runs/a those of the benchmark.",
    );
  });
  it("two files of one set", () => {
    const [set] = a.report.sets;
    const b = planted("b", { sets, change: { sets: [{ ...set, sha256: "b".repeat(64) }] } });
    refused(a, b).toThrow(
      "EN-HARD is not the same file in runs/a (SHA-256 aaaaaaaa) and in runs/b (bbbbbbbb).",
    );
  });
  it("two versions of the checker; it says how the older one is graded anew", () => {
    const b = planted("b", { sets, change: { checker: "0".repeat(12) } });
    refused(a, b).toThrow(
      `different versions of the checker: runs/a by ${a.report.checker}, runs/b by 000000000000.`,
    );
    refused(a, b).toThrow(
      "draws no more of them: npx reprise eval olymmath --model … (b) --set EN-HARD --problems 1 --n 1 --temperature 0.6 --top-p 0.95 --min-p 0 --max-tokens 50 --seed 0 --out runs/b.",
    );
  });
  it("models without a problem in common", () => {
    const [first, second] = [
      [answers(1, 1), []],
      [[], answers(1, 1)],
    ].map((own, at) => planted(`m${at}`, { sets: { "EN-HARD": own } }));
    refused(first, second).toThrow("m0 and m1 have no problem of EN-HARD in common.");
  });
});
