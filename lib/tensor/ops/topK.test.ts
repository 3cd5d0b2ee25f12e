import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { argsort, sort, topK } from "./topK";

describe("topK", () => {
  it("refuses to find more than there are", () => {
    expect(() => topK(tf.zeros([2, 3]), 4)).toThrow(/4/);
  });

  it("takes integers, the smallest one included", () => {
    const { values, indices } = topK(tf.tensor1d([3, -(2 ** 31), 7], "int32"), 3);
    expect([Array.from(values.dataSync()), Array.from(indices.dataSync())]).toEqual([
      [7, 3, -(2 ** 31)],
      [2, 0, 1],
    ]);
  });

  it("gives a tied element's gradient to the one that was chosen", () => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(topK(x, 1).values))(tf.tensor1d([1, 2, 2]));
    assertClose(gradient, [0, 1, 0]);
  });
});

describe("sort and argsort", () => {
  it("keep the order of equal elements, in both directions", () => {
    const x = tf.tensor1d([2, 1, 2, 1]);
    assertClose(argsort(x), [1, 3, 0, 2]);
    assertClose(argsort(x, { descending: true }), [0, 2, 1, 3]);
  });

  it("refuse an axis that is not there", () => {
    expect(() => sort(tf.zeros([2]), { axis: 1 })).toThrow(/axis 1 is out of range/);
  });
});
