import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy";

describe("softmaxCrossEntropy", () => {
  it("stays finite for certain and for hopeless logits", () => {
    const logits = tf.tensor2d([
      [500, -500],
      [500, -500],
    ]);
    assertClose(softmaxCrossEntropy(tf.tensor1d([0, 1], "int32"), logits), [0, 1000]);
  });

  it("weights each row's gradient", () => {
    const logits = tf.zeros([2, 2]);
    const loss = (x: tf.Tensor) =>
      tf.sum(tf.mul(softmaxCrossEntropy(tf.tensor1d([0, 1], "int32"), x), tf.tensor1d([1, 10])));
    assertClose(tf.grad(loss)(logits), [
      [-0.5, 0.5],
      [5, -5],
    ]);
  });

  it("takes a single row", () => {
    assertClose(softmaxCrossEntropy(tf.scalar(2, "int32"), tf.zeros([4])), Math.log(4));
  });

  it("refuses shapes and dtypes that do not fit", () => {
    expect(() => softmaxCrossEntropy(tf.zeros([3], "int32"), tf.zeros([2, 5]))).toThrow(
      "softmaxCrossEntropy: labels [3] do not fit logits [2,5].",
    );
    expect(() => softmaxCrossEntropy(tf.zeros([2]), tf.zeros([2, 5]))).toThrow(
      /labels must be int32, not float32/,
    );
  });
});
