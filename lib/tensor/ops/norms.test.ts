import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { layerNorm, rmsNorm } from "./norms";

describe("layerNorm", () => {
  it("gives rows of mean zero and deviation one, however large their mean", () => {
    const x = tf.tensor2d([1000, 1001, 1002, 1003, -2, 0, 2, 4], [2, 4]);
    const row = [-1.3416, -0.4472, 0.4472, 1.3416];
    assertClose(layerNorm(x, tf.ones([4]), tf.zeros([4])), [row, row], { absolute: 1e-4 });
  });

  it("has a finite gradient for a constant row", () => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(layerNorm(x, tf.ones([3]), tf.zeros([3]))))(
      tf.ones([2, 3]),
    );
    assertClose(gradient, tf.zeros([2, 3]));
  });

  it("takes a single vector", () => {
    const [dx, dGain] = tf.grads((x: tf.Tensor, gain: tf.Tensor) =>
      tf.sum(layerNorm(x, gain, tf.zeros([2]))),
    )([tf.tensor1d([1, 3]), tf.ones([2])]);
    expect([dx.shape, dGain.shape]).toEqual([[2], [2]]);
  });

  it("refuses parameters of another width", () => {
    expect(() => layerNorm(tf.zeros([2, 3]), tf.ones([2]), tf.zeros([3]))).toThrow(
      "layerNorm: x is [2,3], so gain and bias must be [3], not [2].",
    );
    expect(() => layerNorm(tf.zeros([2, 3]), tf.ones([3]), tf.zeros([1, 3]))).toThrow(/not \[1,3\]/);
  });
});

describe("rmsNorm", () => {
  it("gives rows of mean square one", () => {
    assertClose(rmsNorm(tf.tensor2d([[3, 4]]), tf.ones([2]), 0), [
      [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)],
    ]);
  });

  it("refuses a weight of another width", () => {
    expect(() => rmsNorm(tf.zeros([2, 3]), tf.ones([2]))).toThrow(/rmsNorm: x is \[2,3\]/);
  });
});
