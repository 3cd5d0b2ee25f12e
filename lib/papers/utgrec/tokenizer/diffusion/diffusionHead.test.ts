import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { countParameters, flattenTree } from "../../../../tensor/tree";
import { denoise, diffusionHead, embedConditions, embedTimes } from "./diffusionHead";
import { awakened } from "./diffusionTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = { channels: 2, conditions: 3, width: 4, depth: 2, waves: 6 };

describe("the diffusion head", () => {
  test("has the published layers", () => {
    // C = 16, d = 1536, W = 1024, 3 blocks, 256 waves: counted layer by layer.
    const [C, d, W] = [16, 1536, 1024];
    const layer = (inputs: number, outputs: number) => inputs * outputs + outputs;
    const block = 2 * W + 2 * layer(W, W) + layer(W, 3 * W);
    const expected =
      layer(C, W) + layer(256, W) + layer(W, W) + layer(d, W) + 3 * block + layer(W, 2 * W) + layer(W, 2 * C);
    const { weights } = diffusionHead({ channels: C, conditions: d, width: W }, Rng.key(1));
    expect(countParameters(weights)).toBe(expected);
  });

  test("starts with modulations and the last layer at 0, the time's weights narrow, and guesses no noise", () => {
    const head = diffusionHead({ ...OPTIONS, width: 64, waves: 256 }, Rng.key(1));
    for (const [path, leaf] of flattenTree<object>(head.weights)) {
      const largest = (leaf as tf.Variable).abs().max().dataSync()[0];
      if (/modulation|output|bias$/.test(path)) expect(largest, path).toBe(0);
      else expect(largest, path).toBeGreaterThan(0.01);
    }
    const deviation = tf.moments(head.weights.time.inner.weight).variance.sqrt().dataSync()[0];
    expect(deviation).toBeGreaterThan(0.019);
    expect(deviation).toBeLessThan(0.021);
    const { noise, variance } = denoise(head, sampleTensor([5, 2]), sampleTensor([5, 64], 2));
    assertClose(noise, tf.zeros([5, 2]));
    assertClose(variance, tf.zeros([5, 2]));
  });

  test("writes times in cosines and sines", () => {
    const head = diffusionHead({ ...OPTIONS, waves: 4 }, Rng.key(2));
    const { inner, outer } = head.weights.time;
    const t = 7;
    const written = [Math.cos(t), Math.cos(t / 100), Math.sin(t), Math.sin(t / 100)];
    const hidden = tf.tensor2d([written]).matMul<tf.Tensor2D>(inner.weight as unknown as tf.Tensor2D);
    const expected = hidden.mul(hidden.sigmoid()).matMul(outer.weight as unknown as tf.Tensor2D);
    assertClose(embedTimes(head, Int32Array.of(t)), expected, { absolute: 1e-6 });
  });

  test("agrees with the formulas, written out", () => {
    const head = awakened(OPTIONS);
    const [y, context] = [sampleTensor<tf.Tensor2D>([3, 2], 5), sampleTensor<tf.Tensor2D>([3, 4], 6)];
    const values = new Map(
      flattenTree<object>(head.weights).map(([path, leaf]) => [path, (leaf as tf.Tensor).arraySync()]),
    );
    const linear = (x: number[], path: string) => {
      const weight = values.get(`${path}.weight`) as number[][];
      const bias = values.get(`${path}.bias`) as number[];
      return bias.map((b, j) => x.reduce((sum, value, i) => sum + value * weight[i][j], b));
    };
    const silu = (x: number[]) => x.map((value) => value / (1 + Math.exp(-value)));
    const norm = (x: number[]) => {
      const mean = x.reduce((a, b) => a + b) / x.length;
      const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
      return x.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
    };
    const rows = (y.arraySync() as number[][]).map((patch, row) => {
      const told = silu((context.arraySync() as number[][])[row]);
      let x = linear(patch, "patch");
      for (const block of ["blocks.0", "blocks.1"]) {
        const modulation = linear(told, `${block}.modulation`);
        const [gain, bias] = ["gain", "bias"].map((name) => values.get(`${block}.norm.${name}`) as number[]);
        const h = norm(x).map(
          (value, i) => (value * gain[i] + bias[i]) * (1 + modulation[4 + i]) + modulation[i],
        );
        const change = linear(silu(linear(h, `${block}.inner`)), `${block}.outer`);
        x = x.map((value, i) => value + modulation[8 + i] * change[i]);
      }
      const modulation = linear(told, "modulation");
      return linear(
        norm(x).map((value, i) => value * (1 + modulation[4 + i]) + modulation[i]),
        "output",
      );
    });
    const { noise, variance } = denoise(head, y, context);
    assertClose(tf.concat([noise, variance], 1), rows, { absolute: 1e-5 });
  });

  test("tells conditions apart only once it is awake", () => {
    const head = awakened(OPTIONS);
    const [a, b] = [0, 1].map((k) =>
      embedConditions(head, tf.oneHot(tf.tensor1d([k], "int32"), 3) as tf.Tensor2D),
    );
    const y = sampleTensor<tf.Tensor2D>([1, 2]);
    expect(
      denoise(head, y, a)
        .noise.sub(denoise(head, y, b).noise)
        .abs()
        .max()
        .dataSync()[0],
    ).toBeGreaterThan(1e-3);
  });

  test("refuses an odd number of waves", () => {
    expect(() => diffusionHead({ ...OPTIONS, waves: 5 }, Rng.key(1))).toThrow("5 waves");
  });
});
