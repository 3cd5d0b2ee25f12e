import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose, sampleTensor } from "../testing";
import { matMul } from "./matMul";

describe("matMul", () => {
  it("multiplies a batch by one matrix as the broadcast product does", () => {
    const [a, b] = [sampleTensor([2, 3, 4, 5], 1), sampleTensor([6, 5], 2)];
    const tiled = tf.tile(tf.reshape(b, [1, 1, 6, 5]), [2, 3, 1, 1]);
    assertClose(matMul(a, b, false, true), tf.matMul(a, tiled, false, true));
  });

  it("refuses what does not fit", () => {
    expect(() => matMul(tf.zeros([2, 3, 4]), tf.zeros([5, 6]))).toThrow(/4.*5/);
    expect(() => matMul(tf.zeros([2, 3, 4]), tf.zeros([3, 4, 5]))).toThrow();
  });
});
