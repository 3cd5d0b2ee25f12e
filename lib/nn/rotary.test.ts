import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyRotary } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("rotary position embedding", () => {
  test("turns pairs by hand: angles m and m / 10 for four features and base 100", () => {
    const [c, s, c2, s2] = [Math.cos(3), Math.sin(3), Math.cos(0.3), Math.sin(0.3)];
    const x = tf.tensor2d([[1, 2, 5, 7]]);
    const options = { base: 100, positions: [3] };
    assertClose(applyRotary(x, options), [[c - 2 * s, s + 2 * c, 5 * c2 - 7 * s2, 5 * s2 + 7 * c2]]);
    assertClose(applyRotary(x, { ...options, pairing: "halves" }), [
      [c - 5 * s, 2 * c2 - 7 * s2, s + 5 * c, 2 * s2 + 7 * c2],
    ]);
  });

  test.each(["interleaved", "halves"] as const)("products depend on distances alone: %s", (pairing) => {
    const [q, k] = [sampleTensor<tf.Tensor2D>([1, 6], 1), sampleTensor<tf.Tensor2D>([1, 6], 2)];
    const product = (m: number, n: number) =>
      applyRotary(q, { positions: [m], pairing })
        .mul(applyRotary(k, { positions: [n], pairing }))
        .sum();
    assertClose(product(5, 2), product(103, 100), { absolute: 1e-5 });
    assertClose(product(4, 4), q.mul(k).sum(), { absolute: 1e-5 });
    expect(Math.abs(product(5, 2).sub(product(5, 3)).dataSync()[0])).toBeGreaterThan(1e-3);
  });

  test("counts positions from 0, and leaves the first alone", () => {
    const x = sampleTensor<tf.Tensor4D>([2, 3, 4, 2], 1);
    assertClose(applyRotary(x), applyRotary(x, { positions: [0, 1, 2, 3] }));
    assertClose(applyRotary(x).slice([0, 0, 0, 0], [2, 3, 1, 2]), x.slice([0, 0, 0, 0], [2, 3, 1, 2]));
  });

  test("gradients", () => {
    checkGradients((x) => applyRotary(x, { base: 10 }), [sampleTensor([2, 3, 4], 1)]);
  });

  test("refuses what cannot be paired or placed", () => {
    expect(() => applyRotary(tf.zeros([2, 3]))).toThrow("[2,3] has an odd number of features");
    expect(() => applyRotary(tf.zeros([2, 4]), { positions: [1] })).toThrow("1 positions for 2 elements");
  });
});
