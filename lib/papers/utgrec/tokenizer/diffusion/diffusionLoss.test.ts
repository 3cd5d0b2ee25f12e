import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { compile, gather, stopGradient, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, checkGradients, sampleData, sampleTensor } from "../../../../tensor/testing";
import { denoise, diffusionHead, embedConditions, embedTimes } from "./diffusionHead";
import { type DiffusionBatch, diffusionLoss, variationalTerm } from "./diffusionLoss";
import { addNoise, diffusionSchedule, stepCoefficients } from "./diffusionSchedule";
import { awakened } from "./diffusionTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SCHEDULE = diffusionSchedule(8);
const OPTIONS = { channels: 2, conditions: 3, width: 4, depth: 2, waves: 6 };

function batch(rows: number, weights: number[] = Array(rows).fill(1)): DiffusionBatch {
  return {
    targets: sampleTensor([rows, 2], 21, -0.9, 0.9),
    conditions: sampleTensor([rows, 3], 22),
    weights: tf.tensor1d(weights),
  };
}

describe("the loss of the noise", () => {
  test("starts at 1 on patches of any size", () => {
    const head = diffusionHead({ ...OPTIONS, channels: 8 }, Rng.key(1));
    const targets = Rng.normal<tf.Tensor2D>(Rng.key(3), [500, 8], 0, 3);
    const all = {
      targets,
      conditions: sampleTensor<tf.Tensor2D>([500, 3]),
      weights: tf.ones<tf.Rank.R1>([500]),
    };
    const loss = diffusionLoss(head, diffusionSchedule(), all, {}, Rng.key(2)).dataSync()[0];
    expect(Math.abs(loss - 1)).toBeLessThan(0.03);
  });

  test("is the mean over all repeats of the squared error, each with its own step and noise", () => {
    const head = awakened(OPTIONS);
    const { targets, conditions, weights } = batch(3);
    const key = Rng.key(5);
    const [stepKey, noiseKey] = Rng.split(key, 2);
    const steps = Rng.randint<tf.Tensor1D>(stepKey, [12], 0, 8).dataSync();
    const noise = Rng.normal<tf.Tensor2D>(noiseKey, [12, 2]);
    expect(new Set(steps).size).toBeGreaterThan(3);
    let sum = 0;
    for (let row = 0; row < 12; row++) {
      const own = tf.tensor1d([steps[row]], "int32");
      const epsilon = noise.slice([row, 0], [1, 2]);
      const noisy = addNoise(stepCoefficients(SCHEDULE, own), targets.slice([row % 3, 0], [1, 2]), epsilon);
      const told = embedConditions(head, conditions.slice([row % 3, 0], [1, 3])).add<tf.Tensor2D>(
        embedTimes(head, Int32Array.of(steps[row])),
      );
      sum += denoise(head, noisy, told).noise.sub(epsilon).square().mean().dataSync()[0];
    }
    const loss = diffusionLoss(head, SCHEDULE, { targets, conditions, weights }, { repeats: 4 }, key);
    expect(loss.dataSync()[0]).toBeCloseTo(sum / 12, 5);
  });

  test("rows of weight 0 do not count, and all of weight 0 make 0, without NaN in the gradients", () => {
    const head = awakened(OPTIONS);
    const some = batch(4, [1, 0, 1, 0]);
    const loss = (of: DiffusionBatch) =>
      diffusionLoss(head, SCHEDULE, of, { variational: true }, Rng.key(9)).dataSync()[0];
    const changed = {
      ...some,
      targets: some.targets.add<tf.Tensor2D>(tf.tensor2d([0, 7, 0, -5], [4, 1])),
    };
    expect(loss(changed)).toBeCloseTo(loss(some), 5);
    expect(Math.abs(loss({ ...some, weights: tf.ones([4]) }) - loss(some))).toBeGreaterThan(1e-3);
    const none = batch(4, [0, 0, 0, 0]);
    expect(loss(none)).toBe(0);
    const { grads } = tf.variableGrads(() =>
      diffusionLoss(head, SCHEDULE, none, { variational: true }, Rng.key(9)),
    );
    for (const gradient of Object.values(grads)) expect(gradient.abs().max().dataSync()[0]).toBe(0);
  });

  test("gradients against finite differences", () => {
    const head = awakened(OPTIONS);
    const some = batch(4, [1, 0, 2, 1]);
    checkParameterGradients(head.weights, () => diffusionLoss(head, SCHEDULE, some, {}, Rng.key(3)));
    checkGradients(
      (conditions) =>
        diffusionLoss(head, SCHEDULE, { ...some, conditions: conditions as tf.Tensor2D }, {}, Rng.key(3)),
      [some.conditions],
    );
  });

  test("is the same compiled, and leaves no tensors behind", () => {
    const head = awakened(OPTIONS);
    const some = batch(3);
    const loss = (key: tf.Tensor) =>
      diffusionLoss(head, SCHEDULE, some, { variational: true }, key as tf.Tensor1D);
    const compiled = compile(loss, { xla: false });
    const key = Rng.key(4);
    const expected = loss(key);
    assertClose(compiled(key), expected, { relative: 1e-5 });
    const before = tf.memory().numTensors;
    compiled(key).dispose();
    loss(key).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The rows of step t as plain numbers: y, y_t, ε^, v, two a row. */
function scene() {
  const steps = [0, 1, 4, 7, 0];
  const clean = sampleData([5, 2], 31, -0.9, 0.9);
  clean[8] = 1; // the outermost bins have no end
  clean[9] = -1;
  const noise = sampleData([5, 2], 32, -2, 2);
  // Near the truth in the rows of step 0, so that the chance of a bin is above its floor.
  const guess = noise.map(
    (value, i) => value + sampleData([10], 33)[i] * ([0, 4].includes(i >> 1) ? 0.02 : 0.5),
  );
  return { steps, clean, noise, guess, v: sampleData([5, 2], 34, -1.5, 1.5) };
}

/** L_vlb of each row, step by step from the definitions. */
function reference({ steps, clean, noise, guess, v }: ReturnType<typeof scene>): number[] {
  const { betas, alphaBars } = SCHEDULE;
  const variance = (t: number) => (betas[t] * (1 - (alphaBars[t - 1] ?? 1))) / (1 - alphaBars[t]);
  return steps.map((t, row) => {
    const bar = alphaBars[t];
    const before = t === 0 ? 1 : alphaBars[t - 1];
    const posterior = variance(Math.max(t, 1));
    const bits = [2 * row, 2 * row + 1].map((i) => {
      const noisy = Math.sqrt(bar) * clean[i] + Math.sqrt(1 - bar) * noise[i];
      const guessed = (noisy - Math.sqrt(1 - bar) * guess[i]) / Math.sqrt(bar);
      const meanOf = (y: number) =>
        (Math.sqrt(before) * betas[t] * y + Math.sqrt(1 - betas[t]) * (1 - before) * noisy) / (1 - bar);
      const w = (v[i] + 1) / 2;
      const sigma2 = Math.exp(w * Math.log(betas[t]) + (1 - w) * Math.log(posterior));
      if (t === 0) return -Math.log2(binProbability(clean[i], meanOf(guessed), Math.sqrt(sigma2)));
      const distance = (meanOf(clean[i]) - meanOf(guessed)) ** 2 / sigma2;
      return (0.5 * (Math.log(sigma2 / posterior) + posterior / sigma2 + distance - 1)) / Math.LN2;
    });
    return (bits[0] + bits[1]) / 2;
  });
}

/** ∫ N(u; mean, σ²) du over the bin of x, by Simpson's rule. */
function binProbability(x: number, mean: number, sigma: number): number {
  const from = x < -0.999 ? mean - 12 * sigma : x - 1 / 255;
  const to = x > 0.999 ? mean + 12 * sigma : x + 1 / 255;
  const density = (u: number) =>
    Math.exp(-((u - mean) ** 2) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
  const [n, width] = [2000, (to - from) / 2000];
  let sum = density(from) + density(to);
  for (let k = 1; k < n; k++) sum += (k % 2 === 1 ? 4 : 2) * density(from + k * width);
  return (sum * width) / 3;
}

function term(of: ReturnType<typeof scene>, guess: tf.Tensor2D, v: tf.Tensor2D): tf.Tensor1D {
  const steps = tf.tensor1d(of.steps, "int32");
  const coefficients = stepCoefficients(SCHEDULE, steps);
  const clean = tf.tensor2d(of.clean, [5, 2]);
  const noisy = addNoise(coefficients, clean, tf.tensor2d(of.noise, [5, 2]));
  return variationalTerm({ clean, noisy, guess: { noise: guess, variance: v }, steps, coefficients });
}

describe("the variational term", () => {
  test("agrees with divergences and likelihoods computed one by one", () => {
    const of = scene();
    const [guess, v] = [tf.tensor2d(of.guess, [5, 2]), tf.tensor2d(of.v, [5, 2])];
    assertClose(term(of, guess, v), reference(of), { relative: 2e-4, absolute: 1e-4 });
  });

  test("is 0 where the guess is the truth and the variance the posterior's", () => {
    const of = scene();
    const exact = term(of, tf.tensor2d(of.noise, [5, 2]), tf.fill([5, 2], -1)).dataSync();
    for (const row of [1, 2, 3]) expect(Math.abs(exact[row])).toBeLessThan(1e-4);
  });

  test("its gradient reaches v, against finite differences, and not the guess of the noise", () => {
    const of = scene();
    const [guess, v] = [tf.tensor2d(of.guess, [5, 2]), tf.tensor2d(of.v, [5, 2])];
    checkGradients((x) => term(of, guess, x as tf.Tensor2D), [v]);
    const ofGuess = tf.grad((x) => term(of, x as tf.Tensor2D, v));
    expect(() => ofGuess(guess)).toThrow("Cannot compute gradient");
  });

  test("in the whole loss: gradients of all parameters with the guess of the noise held still in it", () => {
    const head = awakened(OPTIONS);
    const some = batch(3);
    const key = Rng.key(6);
    const [stepKey, noiseKey] = Rng.split(key, 2);
    const steps = Rng.randint<tf.Tensor1D>(stepKey, [6], 1, 6); // step 0 has a floor, the last ones have values of hundreds
    const noise = Rng.normal<tf.Tensor2D>(noiseKey, [6, 2]);
    const forward = (frozen?: tf.Tensor2D) => {
      const coefficients = stepCoefficients(SCHEDULE, steps);
      const clean = tf.tile(some.targets, [2, 1]);
      const noisy = addNoise(coefficients, clean, noise);
      const context = tf
        .tile(embedConditions(head, some.conditions), [2, 1])
        .add<tf.Tensor2D>(gather(embedTimes(head, SCHEDULE.times), steps));
      const guess = denoise(head, noisy, context);
      const held = { ...guess, noise: frozen ?? guess.noise };
      const ofNoise = guess.noise.sub(noise).square().mean();
      const loss = variationalTerm({ clean, noisy, guess: held, steps, coefficients }).mean().add(ofNoise);
      return { loss: loss as tf.Scalar, guess };
    };
    const frozen = stopGradient(forward().guess.noise);
    checkParameterGradients(head.weights, () => forward().loss, { differenced: () => forward(frozen).loss });
  });
});
