import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adamW } from "../../../../optim";
import { compile, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose } from "../../../../tensor/testing";
import { type DiffusionHead, diffusionHead } from "./diffusionHead";
import { diffusionLoss } from "./diffusionLoss";
import { samplePatches } from "./diffusionSampler";
import { diffusionSchedule, posteriorMean, respaced, stepCoefficients } from "./diffusionSchedule";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SCHEDULE = diffusionSchedule();
const PATCHES = [
  [1, -0.5, 0.8, 0],
  [-1, 0.7, -0.2, 0.4],
];

/** Learns which patch belongs to which of two conditions, each with a little noise. */
function learn(variational: boolean, steps: number): { head: DiffusionHead; first: number; last: number } {
  const head = diffusionHead({ channels: 4, conditions: 2, width: 32, waves: 32 }, Rng.key(1));
  const optimizer = adamW(head.weights, { learningRate: 3e-3, weightDecay: 0 });
  const step = compile(
    (index: tf.Scalar) => {
      const [noiseKey, lossKey] = Rng.split(Rng.foldIn(Rng.key(2), index), 2);
      const which = tf.tensor1d(
        Array.from({ length: 32 }, (_, row) => row % 2),
        "int32",
      );
      const targets = tf
        .gather(tf.tensor2d(PATCHES), which)
        .add<tf.Tensor2D>(Rng.normal(noiseKey, [32, 4], 0, 0.05));
      const conditions = tf.oneHot(which, 2) as tf.Tensor2D;
      const batch = { targets, conditions, weights: tf.ones<tf.Rank.R1>([32]) };
      return optimizer.step(() => diffusionLoss(head, SCHEDULE, batch, { variational }, lossKey));
    },
    { xla: false },
  );
  const losses = Array.from({ length: steps }, (_, k) =>
    tf.tidy(() => step(tf.scalar(k, "int32")).dataSync()[0]),
  );
  const mean = (of: number[]) => of.reduce((a, b) => a + b) / of.length;
  return { head, first: losses[0], last: mean(losses.slice(-20)) };
}

describe("sampling", () => {
  test.each([false, true])(
    "draws the patch that belongs to its condition, variational term %s",
    (variational) => {
      const { head, first, last } = learn(variational, 400);
      if (!variational) {
        expect(first).toBeGreaterThan(0.8);
        expect(last).toBeLessThan(0.15);
      }
      const conditions = tf.oneHot(
        tf.tensor1d(
          Array.from({ length: 40 }, (_, row) => row % 2),
          "int32",
        ),
        2,
      ) as tf.Tensor2D;
      const drawn = samplePatches(
        head,
        SCHEDULE,
        conditions,
        { steps: 50 },
        Rng.key(7),
      ).arraySync() as number[][];
      for (const which of [0, 1]) {
        const own = drawn.filter((_, row) => row % 2 === which);
        PATCHES[which].forEach((value, c) => {
          const mean = own.reduce((sum, patch) => sum + patch[c], 0) / own.length;
          expect(Math.abs(mean - value)).toBeLessThan(0.1);
        });
      }
    },
    60_000,
  );

  test("depends on the key alone, frees what it made, and refuses more steps than there are", () => {
    const head = diffusionHead({ channels: 4, conditions: 2, width: 8, waves: 8 }, Rng.key(1));
    const conditions = tf.ones<tf.Rank.R2>([3, 2]);
    const draw = (seed: number) => samplePatches(head, SCHEDULE, conditions, { steps: 5 }, Rng.key(seed));
    assertClose(draw(1), draw(1), { relative: 0, absolute: 0 });
    expect(draw(1).sub(draw(2)).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
    const before = tf.memory().numTensors;
    draw(3).dispose();
    expect(tf.memory().numTensors - before).toBe(1); // its key
    expect(() => samplePatches(head, diffusionSchedule(4), conditions, {}, Rng.key(1))).toThrow(
      "choose 2 to 4",
    );
  });

  test("takes each step as written", () => {
    // ε^ = 0 and v = 0: the guess is y_t / √ᾱ_t, cut to ±limit, and σ_t² = √(β_t β~_t).
    const head = diffusionHead({ channels: 4, conditions: 2, width: 8, waves: 8 }, Rng.key(1));
    const schedule = diffusionSchedule(10);
    const [steps, temperature, limit, key] = [3, 0.5, 1.5, Rng.key(8)];
    const coarse = respaced(schedule, steps);
    let y = Rng.normal<tf.Tensor2D>(Rng.foldIn(key, steps), [3, 4]);
    for (const t of [2, 1, 0]) {
      const c = stepCoefficients(coarse, tf.tensor1d([t], "int32"));
      const mean = posteriorMean(c, tf.clipByValue(y.div<tf.Tensor2D>(c.signal), -limit, limit), y);
      const deviation = c.logBeta.add(c.logPosterior).div(4).exp();
      const noise = Rng.normal(Rng.foldIn(key, t), [3, 4]).mul(t === 0 ? 0 : temperature);
      y = mean.add(deviation.mul(noise));
    }
    const options = { steps, temperature, limit };
    assertClose(samplePatches(head, schedule, tf.ones([3, 2]), options, key), y, { absolute: 1e-5 });
  });

  test("a head that knows no noise leaves nothing but the limit between", () => {
    // ε^ = 0: every guess of the patch is y_t / √ᾱ_t, cut to ±limit, and the last step gives the guess itself.
    const head = diffusionHead({ channels: 4, conditions: 2, width: 8, waves: 8 }, Rng.key(1));
    const draw = (limit: number) =>
      samplePatches(head, SCHEDULE, tf.ones([20, 2]), { steps: 5, limit }, Rng.key(1))
        .abs()
        .max()
        .dataSync()[0];
    expect(draw(0.5)).toBeCloseTo(0.5, 5);
    expect(draw(2)).toBeLessThanOrEqual(2);
    expect(draw(2)).toBeGreaterThan(0.5);
  });
});
