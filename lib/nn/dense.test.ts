import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { flattenTree } from "../tensor/tree";
import { applyDense, dense } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("dense", () => {
  test("is x W + b over the last axis, whatever stands before it", () => {
    const params = {
      weight: tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      bias: tf.tensor1d([10, 20, 30]),
    };
    const y = applyDense(params, tf.tensor3d([[[1, 0]], [[0, 1]], [[1, -1]]]));
    assertClose(y, [[[11, 22, 33]], [[14, 25, 36]], [[7, 17, 27]]]);
  });
  test("gradients", () => {
    checkGradients(
      (x, weight, bias) => applyDense({ weight, bias }, x),
      [sampleTensor([2, 2, 3], 1), sampleTensor([3, 2], 2), sampleTensor([2], 3)],
    );
  });
  test("has no bias where none is wanted", () => {
    expect(
      flattenTree(dense({ inputs: 2, outputs: 3, bias: false }, Rng.key(7))).map(([path]) => path),
    ).toEqual(["weight"]);
  });
  test("says both shapes where they do not fit", () => {
    expect(() => applyDense(dense({ inputs: 2, outputs: 3 }, Rng.key(7)), tf.zeros([4, 5]))).toThrow(
      "x [4,5] has 5 features, the weight [2,3] expects 2",
    );
  });
});
