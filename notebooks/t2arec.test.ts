import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "t2arec.ipynb"), limits)).toEqual([]);
});

describe("t2arec at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("t2arec", { preset: "smoke", seeds: [1, 2] });
  }, 300_000);
  afterAll(() => run?.remove());

  it("shows the three models with both seeds", () => {
    const table = run.text({ tag: "results" });
    expect(table).toContain("Test, 2 seeds");
    for (const model of ["GRU4Rec", "SASRec", "T2ARec"])
      expect(table).toMatch(new RegExp(`${model} .*±.*±.*±`));
  });

  it("judges every claim", () => {
    const claims = run.text({ tag: "claims" });
    const verdicts = claims.match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(12);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"])); // two seeds decide nothing
  });

  it("shows what the stored runs of the larger sweep say, with their date and commit", () => {
    const stored = `${run.text({ source: 'readResults("t2arec")' })}${run.text({ source: "shown.forEach" })}`;
    expect(stored).toMatch(/reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/);
    expect(stored).toContain("MovieLens 100K: models (table 2)");
  });

  it("ranks oracle, same cluster and popularity as the simulator planted them", () => {
    const table = run.text({ source: "Planted interest shifts" });
    const of = (model: string) => Number(new RegExp(`^${model} +([\\d.]+)`, "m").exec(table)?.[1]);
    expect(of("oracle")).toBeGreaterThan(of("same cluster"));
    expect(of("same cluster")).toBeGreaterThan(of("popularity"));
  });

  it("exports its figures", () => {
    const names = ["ablation", "drift", "gaps", "segments"];
    const files = names.flatMap((name) => ["json", "png", "svg"].map((ending) => `${name}.${ending}`));
    expect(readdirSync(join(run.figures, "t2arec")).sort()).toEqual(files.sort());
  });
});
