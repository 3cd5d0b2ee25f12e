import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyEmbedding, embedding } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
    const { table } = embedding({ count: 200, dimensions: 50 }, Rng.key(7));
    const { mean, variance } = tf.moments(table);
    expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.0008); // 4 standard errors of 10,000 draws
    expect(Math.sqrt(variance.dataSync()[0])).toBeCloseTo(0.02, 3);
  });
});
