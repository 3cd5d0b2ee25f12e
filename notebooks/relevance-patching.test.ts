import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "relevance-patching.ipynb"), limits)).toEqual([]);
});

describe("relevance-patching at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("relevance-patching", { preset: "smoke", seeds: [1, 2] });
  }, 300_000);
  afterAll(() => run?.remove());

  it("shows a pair whose prompts differ in the document alone", () => {
    const table = run.text({ source: "pairTable" });
    expect(table).toMatch(/^doc_all +\d+ +This is the .*\S {2,}This is the /m);
    for (const group of ["query_all", "inst_all", "last"])
      expect(table).toMatch(new RegExp(`^${group} .* the same$`, "m"));
  });

  it("shows what the model says, its probabilities among it", () => {
    const rows = [...run.text({ source: "answerTable" }).matchAll(/^(clean|corrupted) .* (-?\d+\.\d+)$/gm)];
    const [clean, corrupted] = rows.map(([, , d]) => Number(d));
    expect(clean).toBeGreaterThan(corrupted);
  });

  it("restores the whole answer by the document in the first layer, and by the last token in the last", () => {
    expect(run.text({ source: "staircaseFigure" })).toContain("9 by 18 cells, 0 to 1");
    expect(run.text({ source: "pairFigure" })).toMatch(/heatmap: 4 by 2 cells/);
    expect(run.text({ source: 'streamFigure(study, "resid_post")' })).toMatch(/heatmap: 4 by 2 cells/);
  });

  it("tells how good a judge the model is, of all pairs and both seeds", () => {
    expect(run.text({ tag: "judgement" })).toMatch(/^document, query, instruction +24 .*0\.\d+ ± 0\.\d+/m);
  });

  it("ablates found heads beside random ones, the weakest, and those that attend to the document", () => {
    const table = run.text({ tag: "ablation" });
    for (const mode of ["knocked out", "kept alone"])
      for (const list of ["found", "random", "weakest", "attention"])
        expect(table).toMatch(new RegExp(`^${list}, ${mode} +-?\\d`, "m"));
  });

  it("judges every claim, and decides none on two seeds", () => {
    const verdicts = run.text({ tag: "claims" }).match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(11);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"]));
  });

  it("shows what the stored runs of the larger sweep say, with their date and commit", () => {
    expect(run.text({ source: 'readResults("relevance-patching")' })).toMatch(
      /reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/,
    );
  });

  it("exports its figures", () => {
    const names = ["attn_out", "flow", "heads-last", "heads-query", "judgement", "knock-out"];
    const more = ["lens", "mlp_out", "pair", "resid_post", "staircase"];
    const files = [...names, ...more].flatMap((name) =>
      ["json", "png", "svg"].map((ending) => `${name}.${ending}`),
    );
    expect(readdirSync(join(run.figures, "relevance-patching")).sort()).toEqual(files.sort());
  });
});
