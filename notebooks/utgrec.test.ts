import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "utgrec.ipynb"), limits)).toEqual([]);
});

describe("utgrec at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("utgrec", { preset: "smoke", seeds: [1, 2] });
  }, 300_000);
  afterAll(() => run?.remove());

  it("shows UTGRec, its controls and TIGER with both seeds; what is pre-trained makes as many updates on the target, and others before", () => {
    const table = run.text({ tag: "results" });
    const updates = (model: string) => {
      const found = new RegExp(`^${model} .*±.*$`, "m").exec(table)?.[0];
      expect(found, model).toBeDefined();
      return Number(
        (found as string)
          .trim()
          .split(/\s{2,}/)
          .at(-2),
      );
    };
    expect(updates("w/o tokenizer adaptation")).toBe(updates("UTGRec"));
    expect(updates("TIGER")).toBe(updates("w/o recommender pre-training"));
    expect(updates("TIGER")).toBeGreaterThan(0);
    expect(updates("UTGRec")).toBeGreaterThan(updates("TIGER"));
  });

  it("shows how many first codes outlive each adaptation", () => {
    const table = run.text({ tag: "tokenizers" });
    expect(table).toMatch(/^Nats a word: 5\.\d\d by the frequencies of words, 4\.03 by all that is planted/);
    expect(table).toMatch(/^w\/o tokenizer adaptation .* 1(\.0000 ± 0\.0000)?$/m);
    expect(table).toMatch(/^UTGRec .* [01]\.\d{4} ± 0\.\d{4}$/m);
  });

  it("shows what the codes remember, item by item", () => {
    const table = run.text({ source: "recalledTable" });
    expect(table.match(/\(\d+, \d+, \d+\) .* \d of 8$/gm)).toHaveLength(8);
  });

  it("judges every claim", () => {
    const verdicts = run.text({ tag: "claims" }).match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(13);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"])); // two seeds decide nothing
  });

  it("shows what the stored runs of the larger sweep say, with their date and commit", () => {
    const stored = run.text({ source: 'readResults("utgrec")' });
    expect(stored).toMatch(/reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/);
    expect(stored).toContain("MISSRec");
  });

  it("exports its figures", () => {
    const names = ["codes", "kept", "popularity", "recalled", "source-items", "surviving", "target-items"];
    const files = [...names, "transfer"].flatMap((name) =>
      ["json", "png", "svg"].map((ending) => `${name}.${ending}`),
    );
    expect(readdirSync(join(run.figures, "utgrec")).sort()).toEqual(files.sort());
  });
});
