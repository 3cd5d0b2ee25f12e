import { afterEach, beforeEach, describe, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyLayerNorm, applyRmsNorm, layerNorm, rmsNorm } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("norms", () => {
  test("layer norm gives mean 0 and variance 1 before gain and bias", () => {
    const params = layerNorm({ dimensions: 4 });
    // (1, 2, 3, 4): mean 2.5, variance 1.25
    const s = 1 / Math.sqrt(1.25);
    assertClose(applyLayerNorm(params, tf.tensor2d([[1, 2, 3, 4]]), 0), [
      [-1.5 * s, -0.5 * s, 0.5 * s, 1.5 * s],
    ]);
  });
  test("RMS norm divides by the root of the mean square", () => {
    const s = 1 / Math.sqrt(12.5); // (3, 4)
    assertClose(applyRmsNorm(rmsNorm({ dimensions: 2 }), tf.tensor2d([[3, 4]]), 0), [[3 * s, 4 * s]]);
  });
  test("RMS norm of 1, 2, 3, 4", () => {
    assertClose(
      applyRmsNorm(rmsNorm({ dimensions: 4 }), tf.tensor2d([[1, 2, 3, 4]]), 0),
      [[0.36514835, 0.73029669, 1.09544504, 1.46059339]],
      { absolute: 1e-6 },
    );
  });
  test("gradients", () => {
    checkGradients(
      (x, gain, bias) => applyLayerNorm({ gain, bias }, x),
      [sampleTensor([3, 4], 1), sampleTensor([4], 2), sampleTensor([4], 3)],
    );
    checkGradients(
      (x, weight) => applyRmsNorm({ weight }, x),
      [sampleTensor([3, 4], 1), sampleTensor([4], 2)],
    );
  });
});
