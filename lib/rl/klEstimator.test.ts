import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { k3 } from "./klEstimator";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const column = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);

describe("k3", () => {
  test("by hand, and 0 only at equality", () => {
    // u = log 2: 2 - log 2 - 1; u = -log 2: 1/2 + log 2 - 1
    assertClose(
      k3(column(-1, -1), column(-1 + Math.LN2, -1 - Math.LN2)),
      column(1 - Math.LN2, Math.LN2 - 0.5),
    );
    assertClose(k3(column(-3.7), column(-3.7)), [[0]], { absolute: 0 });
    const u = Array.from({ length: 401 }, (_, i) => (i - 200) / 100);
    const values = k3(tf.zeros([401, 1]), column(...u)).dataSync();
    expect(values.every((value, i) => (u[i] === 0 ? value === 0 : value > 0))).toBe(true);
  });

  test("small differences keep their digits: u² / 2", () => {
    const [value] = k3(column(0), column(1e-3)).dataSync();
    expect(value / 5e-7).toBeCloseTo(1, 2);
  });

  test("limit, and no overflow", () => {
    const far = k3(column(-400, -5), column(0, -1), 10);
    assertClose(far, column(10, 10));
    const gradient = tf.grad((x) => k3(x as tf.Tensor2D, column(0, -1), 10).sum())(column(-400, -1.5));
    assertClose(gradient, column(0, 1 - Math.exp(0.5)));
  });

  test("gradient", () => {
    checkGradients(
      (x) => k3(x as tf.Tensor2D, sampleTensor([2, 3], 8)),
      [sampleTensor<tf.Tensor2D>([2, 3], 9)],
    );
  });
});
