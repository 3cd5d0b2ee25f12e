import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose, checkGradients, sampleTensor } from "../testing";
import { matMul, timesWeights } from "./matMul";

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

describe("timesWeights", () => {
  it.each([
    ["one row", [1, 1, 5]],
    ["fewer rows than outputs", [2, 2, 5]],
    ["more rows than outputs", [4, 3, 5]],
  ])("is x Wᵀ, with its gradients: %s", (_, shape) => {
    const [x, weight] = [sampleTensor(shape, 1), sampleTensor([7, 5], 2)];
    const product = timesWeights(x, weight);
    expect(product.shape).toEqual([...shape.slice(0, -1), 7]);
    assertClose(product, matMul(x, weight, false, true));
    checkGradients((a, b) => timesWeights(a, b), [x, weight]);
  });

  it("refuses what does not fit", () => {
    expect(() => timesWeights(tf.zeros([1, 4]), tf.zeros([6, 5]))).toThrow();
    expect(() => timesWeights(tf.zeros([2, 4]), tf.zeros([6, 5]))).toThrow(/4.*5/);
  });
});
