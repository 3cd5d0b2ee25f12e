import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "mtgrec.ipynb"), limits)).toEqual([]);
});

describe("mtgrec at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("mtgrec", { preset: "smoke", real: "smoke", seeds: [1, 2], realSeeds: [1] });
  }, 300_000);
  afterAll(() => run?.remove());

  it("shows MTGRec and its controls with both seeds, and with equal numbers of updates", () => {
    const table = run.text({ tag: "results" });
    const row = (model: string) =>
      new RegExp(`^${model.replace("+", "\\+").replace("+ ", "\\+ ")} .*±.*$`, "m").exec(table)?.[0];
    const updates = ["MTGRec", "TIGER++"].map((model) => {
      const found = row(model);
      expect(found, model).toBeDefined();
      return found
        ?.trim()
        .split(/\s{2,}/)
        .at(-2);
    });
    expect(updates[0]).toBe(updates[1]);
    expect(Number(updates[0])).toBeGreaterThan(0);
  });

  it("shows the churn of the snapshots beside the paper's", () => {
    const table = run.text({ tag: "churn" });
    expect(table).toMatch(/^ *1 +\d+\.\d\d +\d+\.\d\d +0\.27 +11\.4/m);
  });

  it("judges every claim", () => {
    const verdicts = run.text({ tag: "claims" }).match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(14);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"])); // two seeds decide nothing
  });

  it("shows what the stored runs of the larger sweep say, with their date and commit", () => {
    const stored = run.text({ source: 'readResults("mtgrec")' });
    expect(stored).toMatch(/reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/);
    expect(stored).toContain("Amazon Beauty");
  });

  it("exports its figures", () => {
    const names = ["chances", "churn", "codes", "components", "popularity"];
    const files = names.flatMap((name) => ["json", "png", "svg"].map((ending) => `${name}.${ending}`));
    expect(readdirSync(join(run.figures, "mtgrec")).sort()).toEqual(files.sort());
  });
});
