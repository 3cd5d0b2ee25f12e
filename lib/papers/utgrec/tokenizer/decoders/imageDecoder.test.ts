import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { spread } from "../encoder/encoderTesting";
import { imageDecoder, patchStates } from "./imageDecoder";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { dimensions: 8, levels: 3, length: 4, heads: 2 };
const codes = (items: number) => sampleTensor<tf.Tensor3D>([items, 3, 8], 3);

describe("the image decoder", () => {
  test("gives one state a patch, each item its own", () => {
    const decoder = imageDecoder(SIZES, Rng.key(1));
    const states = patchStates(decoder, codes(5));
    expect(states.shape).toEqual([5, 4, 8]);
    assertClose(
      patchStates(decoder, codes(5).slice([2, 0, 0], [1, 3, 8])),
      states.slice([2, 0, 0], [1, 4, 8]),
      {
        absolute: 1e-5,
      },
    );
  });

  test("tells patches apart, and every patch hears every code", () => {
    const decoder = imageDecoder(SIZES, Rng.key(1));
    const states = patchStates(decoder, codes(1));
    const apart = states
      .sub(states.slice([0, 0, 0], [1, 1, 8]))
      .abs()
      .max(2)
      .dataSync();
    expect(apart[0]).toBe(0);
    for (const patch of [1, 2, 3]) expect(apart[patch]).toBeGreaterThan(1e-4);
    for (let level = 0; level < 3; level++) {
      const only = tf.oneHot(tf.tensor1d([level], "int32"), 3).reshape([1, 3, 1]);
      const moved = patchStates(decoder, codes(1).add(only.mul(sampleTensor([1, 1, 8], 4))));
      expect(moved.sub(states).abs().max(2).min().dataSync()[0]).toBeGreaterThan(1e-4);
    }
  });

  test("the states are as large as a norm makes them: 1 on average", () => {
    const size = patchStates(imageDecoder(SIZES, Rng.key(1)), codes(5))
      .square()
      .mean()
      .dataSync()[0];
    expect(size).toBeCloseTo(1, 2);
  });

  test("gradients", () => {
    const decoder = imageDecoder({ ...SIZES, dimensions: 4, length: 3, inner: 5 }, Rng.key(1));
    spread(decoder.weights);
    const z = tf.variable(sampleTensor([2, 3, 4], 3));
    const weights = sampleTensor([2, 3, 4], 5);
    checkParameterGradients(
      { weights: decoder.weights, z },
      () =>
        patchStates(decoder, z as tf.Tensor as tf.Tensor3D)
          .mul(weights)
          .sum() as tf.Scalar,
    );
  });
});
