import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { cumprod, cumsum } from "./cumulative";

describe("cumulative sums and products", () => {
  it("count the axis from the end, and run along the first one if none is named", () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    assertClose(cumsum(x, -1), [
      [1, 3],
      [3, 7],
    ]);
    assertClose(cumprod(x), [
      [1, 2],
      [3, 8],
    ]);
  });

  it("refuse an axis that is not there", () => {
    expect(() => cumsum(tf.zeros([2]), 1)).toThrow("cumsum: axis 1 is out of range for a tensor of rank 1.");
    expect(() => cumprod(tf.zeros([2]), -2)).toThrow(/cumprod: axis -2/);
  });

  it("sum integers", () => {
    const sums = cumsum(tf.tensor1d([1, 2, 3], "int32"));
    expect([sums.dtype, Array.from(sums.dataSync())]).toEqual(["int32", [1, 3, 6]]);
  });
});
