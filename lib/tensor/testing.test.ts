import { describe, expect, it } from "vitest";
import { tf } from ".";
import { assertClose, checkGradients, finiteDifferences, sampleData } from "./testing";

describe("assertClose", () => {
  it("accepts what is close, in tensors and nested arrays, infinities and NaN included", () => {
    assertClose(tf.tensor2d([[1, 2]]), [[1.000005, 2]]);
    assertClose([Number.NaN, Number.POSITIVE_INFINITY], [Number.NaN, Number.POSITIVE_INFINITY]);
    assertClose(1e-9, 0);
  });

  it("names the worst element", () => {
    expect(() => assertClose([1, 2, 3], [1, 2.1, 3.5], {}, "loss")).toThrow(
      /^loss: element 2 of \[3\] is 3, expected 3.5/,
    );
    expect(() => assertClose(Number.NaN, 0)).toThrow(/is NaN, expected 0/);
    expect(() => assertClose([0, 1], [Number.NaN, 1])).toThrow(/element 0/);
  });

  it("compares shapes first", () => {
    expect(() => assertClose([[1, 2]], [1, 2])).toThrow(/the shape is \[1,2\], expected \[2\]/);
  });
});

describe("checkGradients", () => {
  const x = tf.tensor1d([0.3, -0.8, 1.1]);

  it("accepts right gradients and refuses wrong ones", () => {
    checkGradients((z) => tf.sin(z), [x]);
    const wrong = tf.customGrad((z) => ({
      value: tf.sin(z as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.5),
    }));
    expect(() => checkGradients((z) => wrong(z), [x])).toThrow(/gradient of input 0: element/);
  });
});

describe("finiteDifferences", () => {
  it("is exact for a polynomial of degree four", () => {
    const [derivative] = finiteDifferences(([z]) => z ** 4 - 2 * z, [1.5], 0.1);
    expect(derivative).toBeCloseTo(4 * 1.5 ** 3 - 2, 10);
  });
});

describe("sampleData", () => {
  it("is the same every time, another for another seed, and within its range", () => {
    const data = sampleData([200], 3, 2, 5);
    expect(sampleData([200], 3, 2, 5)).toEqual(data);
    expect(sampleData([200], 4, 2, 5)).not.toEqual(data);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...data)).toBeLessThan(5);
    expect(data.reduce((a, b) => a + b, 0) / 200).toBeCloseTo(3.5, 0);
  });
});
