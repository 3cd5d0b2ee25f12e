import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose, checkGradients, sampleTensor } from "../testing";
import { gather, scatterAdd } from "./gather";

const ids = (...values: number[]) => tf.tensor1d(values, "int32");

describe("gather", () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

  it("counts the axis from the end", () => {
    assertClose(gather(x, ids(1), -1), [[2], [4], [6]]);
  });

  it("takes no row, and has a gradient then", () => {
    expect(gather(x, ids()).shape).toEqual([0, 2]);
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(gather(y, ids())))(x);
    assertClose(gradient, tf.zeros([3, 2]));
  });

  it("adds up the gradients of a row that is taken twice", () => {
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(gather(y, ids(2, 0, 2))))(x);
    assertClose(gradient, [
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
  });

  it("gathers integers", () => {
    const taken = gather(ids(5, 6, 7), ids(2, 0));
    expect([taken.dtype, Array.from(taken.dataSync())]).toEqual(["int32", [7, 5]]);
  });

  it("refuses other indices than int32, and axes and rows that are not there", () => {
    expect(() => gather(x, tf.tensor1d([1]))).toThrow("gather: indices must be int32, not float32.");
    expect(() => gather(x, ids(0), 2)).toThrow(/axis 2 is out of range/);
    expect(() => gather(x, ids(3)).dataSync()).toThrow();
  });
});

describe("gradients of tfjs's own ops", () => {
  it("tf.gather, along each axis and by batch", () => {
    tf.tidy(() => {
      const x = sampleTensor([2, 3, 2]);
      checkGradients((y) => tf.gather(y, ids(1, 1, 0), 1), [x]);
      checkGradients((y) => tf.gather(y, tf.tensor2d([2, 2, 0, 1], [2, 2], "int32"), 1, 1), [x]);
      checkGradients((y) => tf.gather(y, ids(1, 0), 2), [x]);
    });
  });

  it("tf.unsortedSegmentSum, negative segments left out", () => {
    const x = sampleTensor([4, 2]);
    tf.tidy(() => checkGradients((y) => tf.unsortedSegmentSum(y, ids(1, 0, -1, 1), 3), [x]));
  });
});

describe("scatterAdd", () => {
  it("is the transpose of gather: both give the same inner product", () => {
    const x = sampleTensor([2, 3, 4], 1);
    const y = sampleTensor([2, 3, 2], 2);
    const where = tf.tensor2d([3, 3, 0, 1], [2, 2], "int32");
    const forward = tf.sum(tf.mul(gather(x, where, 2, 1), y));
    assertClose(forward, tf.sum(tf.mul(x, scatterAdd(y, where, [2, 3, 4], 2, 1))));
  });
});
