import { expect, it } from "vitest";
import { PRESETS, type Run } from "./experiment";
import { resultsOf } from "./results";

it("keeps mean and deviation of each variant, its difference, and the runs without their curves", () => {
  const run = (variant: string, seed: number, accuracy: number): Run => ({
    ...{ variant, seed, accuracy, loss: 0.1, seconds: 1.5 },
    curve: [{ step: 0, trainLoss: 1, testLoss: 1, testAccuracy: 0.5 }],
  });
  const runs = [run("full", 1, 0.9), run("full", 2, 0.8), run("less", 1, 0.5), run("less", 2, 0.5)];
  const results = resultsOf(runs, { preset: "cpu", seeds: [1, 2], config: PRESETS.cpu, title: "Ablation" });
  const [full, less] = results.tables[0].rows;
  expect(full).toMatchObject({ variant: "full", difference: null, low: null, verdict: "reference" });
  expect(full.accuracy).toEqual({ mean: expect.closeTo(0.85), std: expect.closeTo(0.1 / Math.SQRT2) });
  expect(less).toMatchObject({ difference: expect.closeTo(-0.35), verdict: "undecided" });
  expect(results.seconds).toBe(6);
  expect(results.runs[0]).toEqual({ variant: "full", seed: 1, accuracy: 0.9, loss: 0.1, seconds: 1.5 });
});
