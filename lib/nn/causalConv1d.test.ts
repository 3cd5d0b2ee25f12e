import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyCausalConv1d, causalConv1d } from ".";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("causal depthwise convolution", () => {
  test("equals torch.nn.Conv1d(groups=channels), padded on the left", () => {
    const params = { weight: wave([3, 2], 1), bias: wave([2], 2) };
    assertClose(
      applyCausalConv1d(params, wave([1, 4, 2], 3)).flatten(),
      [0.817623, -0.375776, 0.715975, -0.353942, 0.498251, -0.768338, 1.391775, -0.091286],
      { absolute: 2e-6 },
    );
  });
  test("gradients", () => {
    checkGradients(
      (x, weight, bias) => applyCausalConv1d({ weight, bias }, x as tf.Tensor3D),
      [sampleTensor([2, 4, 3], 1), sampleTensor([3, 3], 2), sampleTensor([3], 3)],
    );
  });
  test("says both shapes where they do not fit", () => {
    expect(() =>
      applyCausalConv1d(causalConv1d({ channels: 2, width: 4 }, Rng.key(1)), tf.zeros([1, 2, 3])),
    ).toThrow("x [1,2,3] does not fit the weight [4,2]");
  });
});
