import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed notebook keeps the rules of a notebook", () => {
  const limits = { cells: [28, 45], words: [1000, 1700] } as const;
  expect(brokenRules(join(__dirname, "olymmath.ipynb"), limits)).toEqual([]);
});

describe("olymmath at its smoke preset, on generated problems", () => {
  const sets = ["SYNTH-EN-EASY", "SYNTH-EN-HARD", "SYNTH-ZH-EASY", "SYNTH-ZH-HARD"];
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("olymmath", { preset: "smoke", seeds: [1, 2], sets });
  }, 300_000);
  afterAll(() => run?.remove());

  it("looks at the files: problems of every field, and the hash of each", () => {
    const files = run.text({ tag: "files" });
    const hashes = files.match(/\b[0-9a-f]{8}$/gm);
    expect(new Set(hashes).size).toBe(sets.length);
    expect(files).toMatch(/^ *EN-EASY +100 +\d+ +\d+ +\d+ +\d+/m);
  });

  it("shows where the two ways of checking and of extracting part", () => {
    const verdicts = (gold: string) => {
      const row = run
        .text({ tag: "checker" })
        .split("\n")
        .find((line) => line.trim().startsWith(gold));
      return row?.match(/\b(right|wrong)\b/g);
    };
    expect(verdicts("\\frac{1}{1112112}  ")).toEqual(["right", "wrong"]);
    expect(verdicts("120")).toEqual(["wrong", "right"]);
    expect(run.text({ tag: "extraction" })).toMatch(/asked: \\boxed\{\} +5 +1 +1 +no/);
  });

  it("scores both languages with both seeds, says SYNTHETIC, and has the paper's own beside", () => {
    const results = run.text({ tag: "results" });
    expect(results).toMatch(/SYNTHETIC/);
    const row = /^.*3% in Chinese, T = 0\.6.*$/m.exec(results)?.[0];
    expect(row?.match(/±/g)?.length).toBeGreaterThanOrEqual(5);
    expect(results).toMatch(/R1-Distill-Qwen-7B +EN-HARD +11\.1 +29\.6 +53\.4 +74\.0 +22\.0/);
    expect(run.text({ tag: "published" })).toMatch(/o3-mini-high +89\.7 +30\.3 +88\.2 +27\.2/);
  });

  it("compares the languages problem by problem, and counts guesses by verdict", () => {
    const row = /^3% in Chinese.*± .* (\d+) +(\d+) +(\d+) +[\d.e-]+$/m.exec(run.text({ tag: "languages" }));
    const [english, chinese, alike] = (row ?? []).slice(1).map(Number);
    expect(english + chinese + alike).toBe(6);
    const derivations = run.text({ tag: "derivations" }).matchAll(/(right|the trap|otherwise wrong) +(\d+)/g);
    const samples = Array.from(derivations, ([, verdict, count]) => [verdict, Number(count)] as const);
    expect(samples.map(([verdict]) => verdict)).toEqual(["right", "the trap", "otherwise wrong"]);
    expect(samples.reduce((sum, [, count]) => sum + count, 0)).toBe(2 * 6 * 3);
    expect(run.text({ tag: "guesses" })).toContain("SYNTHETIC: tokens of right and wrong samples");
  });

  it("judges every claim", () => {
    const verdicts = run.text({ tag: "claims" }).match(/\b(supported|refuted|undecided)\b/g);
    expect(verdicts).toHaveLength(7);
    expect(new Set(verdicts)).toEqual(new Set(["undecided"])); // two seeds decide nothing
  });

  it("shows the stored runs, and what a real model makes of real problems", () => {
    expect(run.text({ tag: "stored" })).toMatch(/reported \d{4}-\d\d-\d\d at commit [0-9a-f]{12}/);
    expect(run.text({ tag: "real" })).toMatch(/EN-EASY +10 +4/);
  });

  it("exports its figures", () => {
    const names = ["benchmark", "families", "guesses", "learning", "samples", "shapes"];
    const files = names.flatMap((name) => ["json", "png", "svg"].map((ending) => `${name}.${ending}`));
    expect(readdirSync(join(run.figures, "olymmath")).sort()).toEqual(files.sort());
  });
});
