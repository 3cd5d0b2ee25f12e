import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters } from "../tensor/tree";
import { applyFeedForward, feedForward, keyStream } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("feed-forward network", () => {
  test("is W₂ f(W₁ x)", () => {
    const params = {
      expand: { weight: tf.tensor2d([[1, -1]]), bias: tf.tensor1d([0, 1]) },
      contract: { weight: tf.tensor2d([[2], [3]]), bias: tf.tensor1d([0.5]) },
    };
    // relu(2, -1) = (2, 0) → 4.5;  relu(-2, 3) = (0, 3) → 9.5
    assertClose(applyFeedForward(params, tf.tensor2d([[2], [-2]]), { activation: "relu" }), [[4.5], [9.5]]);
  });
  test("drops what is between the layers, and what comes out, each at its own rate", () => {
    const params = {
      expand: { weight: tf.ones<tf.Rank.R2>([1, 400]), bias: tf.zeros<tf.Rank.R1>([400]) },
      contract: { weight: tf.eye(400), bias: tf.zeros<tf.Rank.R1>([400]) },
    };
    const run = (innerDropoutRate: number, dropoutRate: number) =>
      applyFeedForward(params, tf.ones([1, 1]), {
        activation: "relu",
        innerDropoutRate,
        dropoutRate,
        keys: keyStream(Rng.key(1)),
      }).dataSync();
    const kept = (values: ArrayLike<number>) => Array.from(values).filter((value) => value > 0);
    for (const values of [run(0.5, 0), run(0, 0.5)]) {
      expect(kept(values).length).toBeGreaterThan(150);
      expect(kept(values).length).toBeLessThan(250);
      expect(new Set(kept(values))).toEqual(new Set([2]));
    }
    expect(new Set(kept(run(0.5, 0.5)))).toEqual(new Set([4]));
  });
  test.each(["gelu", "silu", "hardSwish", "tanh", "sigmoid"] as const)("gradients with %s", (activation) => {
    checkGradients(
      (x, w1, b1, w2, b2) =>
        applyFeedForward({ expand: { weight: w1, bias: b1 }, contract: { weight: w2, bias: b2 } }, x, {
          activation,
        }),
      [
        sampleTensor([2, 2], 1),
        sampleTensor([2, 3], 2),
        sampleTensor([3], 3),
        sampleTensor([3, 2], 4),
        sampleTensor([2], 5),
      ],
    );
  });
  test("has 2 d·inner + inner + d parameters", () => {
    expect(countParameters(feedForward({ dimensions: 4, inner: 16 }, Rng.key(7)))).toBe(2 * 64 + 16 + 4);
  });
});
