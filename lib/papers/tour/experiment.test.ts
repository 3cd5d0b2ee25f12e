import { describe, expect, it } from "vitest";
import { tf } from "../../tensor";
import { ABLATIONS, ablate, compareVariants, PRESETS, type Run, setUp } from "./experiment";

describe("a trial", () => {
  it("is decided by its seed; its variants share the points and the order of the batches", () => {
    const trials = [
      setUp(PRESETS.smoke, 1),
      setUp({ ...PRESETS.smoke, hidden: [] }, 1),
      setUp(PRESETS.smoke, 2),
    ];
    const [points, same, other] = trials.map(({ data }) => data.points.dataSync());
    expect(same).toEqual(points);
    expect(other).not.toEqual(points);
    expect(trials[0].test.points.dataSync()).not.toEqual(points);
    expect(trials[1].options.key.dataSync()).toEqual(trials[0].options.key.dataSync());
    for (const trial of trials) trial.dispose();
  });
});

describe("the ablation", () => {
  it("trains every variant with every seed, tells of each, and leaves nothing behind", async () => {
    const before = tf.memory().numTensors;
    const heard: string[] = [];
    const variants = ABLATIONS.slice(0, 2);
    const runs = await ablate(variants, [1, 2], { ...PRESETS.smoke, steps: 8 }, ({ variant, seed }) =>
      heard.push(`${variant} ${seed}`),
    );
    expect(heard).toEqual(["full model 1", "full model 2", "one hidden layer 1", "one hidden layer 2"]);
    expect(runs.every(({ curve, accuracy }) => curve[curve.length - 1].testAccuracy === accuracy)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("changes one thing a variant, and nothing in the first", () => {
    expect(ABLATIONS.map(({ change }) => Object.keys(change).length)).toEqual([0, 1, 1, 1, 1]);
  });
});

describe("comparing variants", () => {
  const runs = (variant: string, accuracies: readonly number[]): Run[] =>
    accuracies.map((accuracy, i) => ({ variant, seed: i + 1, accuracy, loss: 0, seconds: 0, curve: [] }));

  it("gives paired differences with Student's interval, and calls a wide one undecided", () => {
    const rows = compareVariants([
      ...runs("full", [0.9, 0.92, 0.94]),
      ...runs("worse", [0.79, 0.82, 0.85]),
      ...runs("wide", [0.5, 0.95, 0.9]),
      ...runs("better", [0.95, 0.97, 0.99]),
    ]);
    expect(rows.map(({ verdict }) => verdict)).toEqual(["reference", "worse", "undecided", "better"]);
    // differences -0.11, -0.10, -0.09: mean -0.1, standard error 0.01 / √3, t₀.₉₇₅,₂ = 4.3027
    expect(rows[1].difference).toBeCloseTo(-0.1, 10);
    expect(rows[1].low).toBeCloseTo(-0.1 - (4.3027 * 0.01) / Math.sqrt(3), 4);
    expect(rows[1].high).toBeCloseTo(-0.1 + (4.3027 * 0.01) / Math.sqrt(3), 4);
    expect(rows[0]).toEqual({ variant: "full", accuracy: [0.9, 0.92, 0.94], verdict: "reference" });
  });
});
