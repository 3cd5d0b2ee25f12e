import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters } from "../tensor/tree";
import { applySwiGlu, swiGlu } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("SwiGLU", () => {
  test("by hand", () => {
    const params = {
      gate: { weight: tf.tensor2d([[1, -1]]) },
      expand: { weight: tf.tensor2d([[3, 5]]) },
      contract: { weight: tf.tensor2d([[1], [10]]) },
    };
    const silu = (x: number) => x / (1 + Math.exp(-x));
    assertClose(applySwiGlu(params, tf.tensor2d([[2]])), [[silu(2) * 6 + 10 * silu(-2) * 10]]);
  });
  test("gradients", () => {
    checkGradients(
      (x, g, w1, w2) =>
        applySwiGlu({ gate: { weight: g }, expand: { weight: w1 }, contract: { weight: w2 } }, x),
      [sampleTensor([3, 2], 1), sampleTensor([2, 4], 2), sampleTensor([2, 4], 3), sampleTensor([4, 2], 4)],
    );
  });
  test("has 3 d·inner parameters", () => {
    expect(countParameters(swiGlu({ dimensions: 4, inner: 16 }, Rng.key(7)))).toBe(3 * 64);
  });
});
