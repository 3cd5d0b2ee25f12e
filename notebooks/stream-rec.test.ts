import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "stream-rec.ipynb"), limits)).toEqual([]);
});

describe("stream-rec at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("stream-rec", {
      preset: "smoke",
      real: "smoke",
      seeds: [1, 2],
      realSeeds: [1],
    });
  }, 300_000);
  afterAll(() => run?.remove());

  it("shows the stages and both TIGERs with both seeds, TIGER with at least as many updates", () => {
    const table = run.text({ tag: "results" });
    const cells = (model: string) => {
      const row = new RegExp(`^${model.replace("+", "\\+")} .*±.*$`, "m").exec(table)?.[0];
      expect(row, model).toBeDefined();
      return (row as string).trim().split(/\s{2,}/);
    };
    const updates = (model: string) => Number(cells(model).at(-1));
    expect(updates("STREAM-Rec")).toBeGreaterThan(updates("stages 1 and 2"));
    expect(updates("stages 1 and 2")).toBeGreaterThan(updates("stage 1 alone"));
    for (const model of ["TIGER", "TIGER + pauses"])
      expect(updates(model)).toBeGreaterThanOrEqual(updates("STREAM-Rec"));
    expect(cells("TIGER")).toEqual(expect.arrayContaining(["0.0532", "0.0382"]));
  });

  it("shows what can be reached: the oracle above the floors", () => {
    const bounds = run.text({ source: "boundTable(tree)" });
    const ndcg = (ranking: string) => Number(new RegExp(`^${ranking}.* (0\\.\\d+)$`, "m").exec(bounds)?.[1]);
    expect(ndcg("oracle")).toBeGreaterThan(2 * ndcg("popularity"));
    expect(ndcg("oracle")).toBeGreaterThan(2 * ndcg("last-item"));
  });

  it("shows thoughts in words: as many tokens as the model thinks, an answer and a target", () => {
    expect(run.text({ source: "thoughtTable" })).toMatch(
      /^ *\d+ +t\d-\d-\d \(a\d b\d c\d\) +[abc]\d [abc]\d +t\d-\d-\d \(a\d b\d c\d\) +t\d-\d-\d/m,
    );
  });

  it("judges every claim", () => {
    const verdicts = run.text({ tag: "claims" }).match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(21);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"])); // two seeds decide nothing
  });

  it("shows what the stored runs of the larger sweep say, with their date and commit", () => {
    const stored = run.text({ source: 'readResults("stream-rec")' });
    expect(stored).toMatch(/reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/);
    expect(stored).toContain("What differs from stages 1 and 2");
  });

  it("exports its figures", () => {
    const names = ["annotation", "cosines", "cost", "f1", "f2", "rewards", "stages"];
    const files = names.flatMap((name) => ["json", "png", "svg"].map((ending) => `${name}.${ending}`));
    const exported = readdirSync(join(run.figures, "stream-rec"));
    expect(exported.filter((file) => !file.startsWith("path-")).sort()).toEqual(files.sort());
    expect(exported.filter((file) => /^path-(found|missed)\.svg$/.test(file))).not.toEqual([]);
  });
});
