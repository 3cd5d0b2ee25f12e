import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters, flattenTree } from "../tensor/tree";
import {
  applyDense,
  applyDropout,
  applyEmbedding,
  applyFeedForward,
  applyLayerNorm,
  applyRmsNorm,
  dense,
  embedding,
  feedForward,
  keyStream,
  layerNorm,
  padAxis,
  rmsNorm,
} from ".";

const key = () => Rng.key(7);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("dense", () => {
  test("is x W + b over the last axis, whatever stands before it", () => {
    const params = {
      weight: tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      bias: tf.tensor1d([10, 20, 30]),
    };
    const y = applyDense(params, tf.tensor3d([[[1, 0]], [[0, 1]], [[1, -1]]]));
    assertClose(y, [[[11, 22, 33]], [[14, 25, 36]], [[7, 17, 27]]]);
  });
  test("gradients", () => {
    checkGradients(
      (x, weight, bias) => applyDense({ weight, bias }, x),
      [sampleTensor([2, 2, 3], 1), sampleTensor([3, 2], 2), sampleTensor([2], 3)],
    );
  });
  test("has no bias where none is wanted", () => {
    expect(flattenTree(dense({ inputs: 2, outputs: 3, bias: false }, key())).map(([path]) => path)).toEqual([
      "weight",
    ]);
  });
  test("says both shapes where they do not fit", () => {
    expect(() => applyDense(dense({ inputs: 2, outputs: 3 }, key()), tf.zeros([4, 5]))).toThrow(
      "x [4,5] has 5 features, the weight [2,3] expects 2",
    );
  });
});

describe("embedding", () => {
  test("looks rows up for ids of any shape", () => {
    const table = tf.tensor2d([
      [0, 0],
      [1, 2],
      [3, 4],
    ]);
    const ids = tf.tensor2d(
      [
        [2, 0],
        [1, 2],
      ],
      [2, 2],
      "int32",
    );
    assertClose(applyEmbedding({ table }, ids), [
      [
        [3, 4],
        [0, 0],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });
  test("the gradient adds up over equal ids, and leaves padding out", () => {
    const ids = tf.tensor1d([2, 0, 2, 1], "int32");
    const gradient = (padding?: number) =>
      tf.grad((table) => applyEmbedding({ table }, ids, { padding }).sum())(tf.zeros([4, 1]));
    assertClose(gradient(), [[1], [1], [2], [0]]);
    assertClose(gradient(0), [[0], [1], [2], [0]]);
  });
  test("gradients", () => {
    const ids = tf.tensor2d(
      [
        [2, 0],
        [1, 2],
      ],
      [2, 2],
      "int32",
    );
    checkGradients((table) => applyEmbedding({ table }, ids), [sampleTensor([3, 2])]);
  });
  test("starts as N(0, 0.02²)", () => {
    const { table } = embedding({ count: 200, dimensions: 50 }, key());
    const { mean, variance } = tf.moments(table);
    expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.0008); // 4 standard errors of 10,000 draws
    expect(Math.sqrt(variance.dataSync()[0])).toBeCloseTo(0.02, 3);
  });
});

describe("norms", () => {
  test("layer norm gives mean 0 and variance 1 before gain and bias", () => {
    const params = layerNorm({ dimensions: 4 });
    // (1, 2, 3, 4): mean 2.5, variance 1.25
    const s = 1 / Math.sqrt(1.25);
    assertClose(applyLayerNorm(params, tf.tensor2d([[1, 2, 3, 4]]), 0), [
      [-1.5 * s, -0.5 * s, 0.5 * s, 1.5 * s],
    ]);
  });
  test("RMS norm divides by the root of the mean square", () => {
    const s = 1 / Math.sqrt(12.5); // (3, 4)
    assertClose(applyRmsNorm(rmsNorm({ dimensions: 2 }), tf.tensor2d([[3, 4]]), 0), [[3 * s, 4 * s]]);
  });
  test("gradients", () => {
    checkGradients(
      (x, gain, bias) => applyLayerNorm({ gain, bias }, x),
      [sampleTensor([3, 4], 1), sampleTensor([4], 2), sampleTensor([4], 3)],
    );
    checkGradients(
      (x, weight) => applyRmsNorm({ weight }, x),
      [sampleTensor([3, 4], 1), sampleTensor([4], 2)],
    );
  });
});

describe("dropout", () => {
  test("is the identity without keys and at rate 0", () => {
    const x = sampleTensor([5]);
    expect(applyDropout(x, 0.5, undefined)).toBe(x);
    expect(applyDropout(x, 0, keyStream(key()))).toBe(x);
  });
  test("keeps the mean: an element is 0 or scaled up", () => {
    const values = applyDropout(tf.ones([10000]), 0.25, keyStream(key())).dataSync();
    const kept = [...values].filter((value) => value !== 0);
    expect(Math.abs(kept.length / 10000 - 0.75)).toBeLessThan(0.018); // 4 standard errors
    for (const value of kept) expect(value).toBeCloseTo(4 / 3, 5);
  });
  test("every call takes another key, the same ones again from the same start", () => {
    const draw = () => {
      const keys = keyStream(key());
      return [1, 2].map(() => [...applyDropout(tf.ones([64]), 0.5, keys).dataSync()]);
    };
    const [first, second] = draw();
    expect(first).not.toEqual(second);
    expect(draw()).toEqual([first, second]);
  });
});

describe("feed-forward network", () => {
  test("is W₂ f(W₁ x)", () => {
    const params = {
      expand: { weight: tf.tensor2d([[1, -1]]), bias: tf.tensor1d([0, 1]) },
      contract: { weight: tf.tensor2d([[2], [3]]), bias: tf.tensor1d([0.5]) },
    };
    // relu(2, -1) = (2, 0) → 4.5;  relu(-2, 3) = (0, 3) → 9.5
    assertClose(applyFeedForward(params, tf.tensor2d([[2], [-2]]), { activation: "relu" }), [[4.5], [9.5]]);
  });
  test.each(["gelu", "silu", "tanh", "sigmoid"] as const)("gradients with %s", (activation) => {
    checkGradients(
      (x, w1, b1, w2, b2) =>
        applyFeedForward({ expand: { weight: w1, bias: b1 }, contract: { weight: w2, bias: b2 } }, x, {
          activation,
        }),
      [
        sampleTensor([2, 2], 1),
        sampleTensor([2, 3], 2),
        sampleTensor([3], 3),
        sampleTensor([3, 2], 4),
        sampleTensor([2], 5),
      ],
    );
  });
  test("has 2 d·inner + inner + d parameters", () => {
    expect(countParameters(feedForward({ dimensions: 4, inner: 16 }, key()))).toBe(2 * 64 + 16 + 4);
  });
});

test("padAxis puts zeros on either side of one axis", () => {
  assertClose(padAxis(tf.tensor2d([[1, 2]]), 1, 1, 2), [[0, 1, 2, 0, 0]]);
});
