import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenRules } from "../lib/notebook/rules";
import { type ExecutedNotebook, executeNotebook } from "../lib/notebook/testing";

it("the committed tour keeps the rules of a notebook", () => {
  const limits = { cells: [20, 36], words: [700, 1200] } as const;
  expect(brokenRules(join(__dirname, "tour.ipynb"), limits)).toEqual([]);
});

describe("the tour at its smoke preset", () => {
  let run: ExecutedNotebook;
  beforeAll(async () => {
    run = await executeNotebook("tour", { preset: "smoke", seed: 2 });
  }, 300_000);
  afterAll(() => run?.remove());

  it("agrees with derivatives by hand, and draws equal numbers from equal keys", () => {
    expect(run.text({ source: "tf.grad(f)" })).toMatch(/gradient 1\.0806\d*, by hand 1\.080605/);
    const rows = run.text({ source: "Rng.split" }).match(/^(A|B)( again)? .*$/gm) ?? [];
    const [first, other, again] = rows.map((row) => row.replace(/^(A again|A|B) +/, ""));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("times three versions of a step, with their first calls", () => {
    const lines = run.text({ source: "costOfTraining" }).split("\n").slice(2);
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(["op by op", "one graph", "XLA"]);
    for (const line of lines) expect(Number(line.split(/ {2,}/)[1])).toBeGreaterThan(0);
  });

  it("trains better than chance, with a curve of both losses", () => {
    const text = run.text({ source: "liveCurve(" });
    expect(text).toContain("training points: 31 points");
    expect(Number(/test accuracy ([\d.]+)%/.exec(text)?.[1])).toBeGreaterThan(55);
  });

  it("compares five variants over three seeds", () => {
    expect(run.text({ source: "tour.ablate(" })).toContain("15 trainings in");
    const table = run.text({ tag: "results" });
    expect(table).toContain("over seeds 2, 3, 4");
    expect(table.match(/(reference|worse|better|undecided)$/gm)).toHaveLength(5);
  });

  it("exports its figures and the numbers behind them", () => {
    const names = ["ablation", "compile", "decision", "differences", "spirals"];
    const files = names.flatMap((name) => ["json", "png", "svg"].map((ending) => `${name}.${ending}`));
    expect(readdirSync(join(run.figures, "tour")).sort()).toEqual([...files, "results.json"].sort());
  });
});
