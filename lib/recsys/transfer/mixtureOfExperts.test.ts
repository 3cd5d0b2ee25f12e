import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import {
  applyMixtureOfExperts,
  expertGates,
  type MixtureOfExperts,
  mixtureOfExperts,
} from "./mixtureOfExperts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Two experts from 2 to 1: W_1 = (1, 2), b_1 = (1, 0); W_2 = (-1, 3), b_2 = (0, 1). */
function worked(): MixtureOfExperts<tf.Tensor> {
  return {
    weight: tf.tensor3d([1, 2, -1, 3], [2, 2, 1]),
    shift: tf.tensor2d([1, 0, 0, 1], [2, 2]),
    gate: tf.tensor2d([1, 0, 0, 0], [2, 2]),
    noise: tf.zeros([2, 2]),
  };
}

describe("a mixture of experts", () => {
  test("has the worked values", () => {
    // x = (2, 1): the gate's logits are (2, 0), so the shares e²/(e² + 1) = .880797 and .119203;
    // expert 1: (1, 1)·(1, 2) = 3, expert 2: (2, 0)·(-1, 3) = -2.
    const x = tf.tensor2d([[2, 1]]);
    assertClose(expertGates(worked(), x, undefined), [[0.8807971, 0.1192029]]);
    assertClose(applyMixtureOfExperts(worked(), x, 0.2, undefined), [[0.8807971 * 3 - 0.1192029 * 2]]);
  });

  test("gates are noisy in training: x W_g + ε (softplus(x W_n) + 0.01)", () => {
    const mixture = { ...worked(), noise: tf.tensor2d([0.5, -1, 0, 2], [2, 2]) };
    const x = tf.tensor2d([[2, 1]]);
    const epsilon = Rng.normal<tf.Tensor2D>(keyStream(Rng.key(4)).next(), [1, 2]).dataSync();
    const softplus = (z: number) => Math.log1p(Math.exp(z));
    const logits = [2 + epsilon[0] * (softplus(1) + 0.01), epsilon[1] * (softplus(0) + 0.01)];
    const [first, second] = logits.map(Math.exp);
    assertClose(expertGates(mixture, x, keyStream(Rng.key(4))), [
      [first / (first + second), second / (first + second)],
    ]);
  });

  test("starts with equal shares, its noise 0.7031 wide", () => {
    const mixture = mixtureOfExperts({ inputs: 4, outputs: 3, experts: 8 }, Rng.key(1));
    const x = sampleTensor<tf.Tensor2D>([5, 4]);
    assertClose(expertGates(mixture, x, undefined), tf.fill([5, 8], 1 / 8));
    const mean = (mixture.weight as tf.Tensor).mean(0) as tf.Tensor2D;
    assertClose(applyMixtureOfExperts(mixture, x, 0, undefined), tf.matMul(x, mean), { absolute: 1e-6 });
    const many = tf.zeros<tf.Rank.R2>([4000, 4]);
    const logs = tf.log(expertGates(mixture, many, keyStream(Rng.key(2))));
    // The difference of two experts' logits has the deviation √2 (ln 2 + 0.01).
    const [a, b] = [0, 1].map((k) => logs.slice([0, k], [-1, 1]));
    expect(tf.moments(a.sub(b)).variance.sqrt().dataSync()[0] / Math.SQRT2).toBeCloseTo(0.7031, 1);
  });

  test("every expert has a dropout of its own", () => {
    // Experts that differ in nothing, equal shares, x = 1: without own dropouts every output would be 0 or w / (1 - rate).
    const mixture = {
      weight: tf.ones([4, 1, 1]),
      shift: tf.zeros([4, 1]),
      gate: tf.zeros([1, 4]),
      noise: tf.fill([1, 4], -20),
    };
    const found = [
      ...applyMixtureOfExperts(mixture, tf.ones([400, 1]), 0.5, keyStream(Rng.key(3))).dataSync(),
    ];
    const kinds = new Set(found.map((value) => Math.round(value * 2)));
    expect(kinds.size).toBeGreaterThan(3);
    expect(found.reduce((sum, value) => sum + value, 0) / 400).toBeCloseTo(1, 1);
  });

  test("keeps the axes before the last, and has the gradients of finite differences", () => {
    const mixture = mixtureOfExperts({ inputs: 3, outputs: 2, experts: 2 }, Rng.key(1));
    const x = sampleTensor([2, 4, 3], 8);
    expect(applyMixtureOfExperts(mixture, x, 0, undefined).shape).toEqual([2, 4, 2]);
    const parts = [
      sampleTensor([2, 3, 2], 1),
      sampleTensor([2, 3], 2),
      sampleTensor([3, 2], 3),
      sampleTensor([3, 2], 4),
    ];
    const apply = (
      weight: tf.Tensor,
      shift: tf.Tensor,
      gate: tf.Tensor,
      noise: tf.Tensor,
      input: tf.Tensor,
    ) => applyMixtureOfExperts({ weight, shift, gate, noise }, input, 0.3, keyStream(Rng.key(6)));
    checkGradients(apply as (...xs: tf.Tensor[]) => tf.Tensor, [...parts, sampleTensor([1, 2, 3], 9)]);
  });
});
