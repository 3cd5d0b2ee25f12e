import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyDense, keyStream } from "../../../nn";
import { checkParameterGradients } from "../../../recsys/models/testing";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../tensor/testing";
import { countParameters } from "../../../tensor/tree";
import { adapter, applyAdapter, conditioning } from "./adapter";
import { spread } from "./encoder/encoderTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("the adapter", () => {
  test("is two layers with SiLU between them, by hand", () => {
    const made = adapter({ dimensions: 1, codeDimensions: 1, hidden: 2 }, Rng.key(1));
    made.weights.expand.weight.assign(tf.tensor2d([[1, -2]]));
    made.weights.expand.bias!.assign(tf.tensor1d([0, 1]));
    made.weights.contract.weight.assign(tf.tensor2d([[10], [100]]));
    made.weights.contract.bias!.assign(tf.tensor1d([5]));
    const silu = (x: number) => x / (1 + Math.exp(-x));
    assertClose(applyAdapter(made, tf.tensor3d([[[3]]])), [[[10 * silu(3) + 100 * silu(-5) + 5]]]);
  });

  test("has the published size", () => {
    const key = Rng.key(1);
    const { weights } = adapter({ dimensions: 1536, hidden: 768, codeDimensions: 128 }, key);
    expect(countParameters(weights)).toBe(1536 * 768 + 768 + 768 * 128 + 128);
    expect(countParameters(conditioning({ codeDimensions: 128, dimensions: 1536 }, key))).toBe(129 * 1536);
  });

  test("gives vectors of the size that codes have, whatever the width", () => {
    const H = Rng.normal<tf.Tensor3D>(Rng.key(3), [200, 3, 48]);
    const made = adapter({ dimensions: 48, codeDimensions: 16 }, Rng.key(4));
    const size = applyAdapter(made, H).square().mean().sqrt().dataSync()[0];
    expect(size).toBeGreaterThan(0.1);
    expect(size).toBeLessThan(1);
  });

  test("gradients, dropout on", () => {
    const made = adapter({ dimensions: 3, codeDimensions: 2, hidden: 4, dropout: 0.2 }, Rng.key(1));
    const condition = conditioning({ codeDimensions: 2, dimensions: 3 }, Rng.key(2));
    spread([made.weights, condition]);
    const H = sampleTensor<tf.Tensor3D>([4, 2, 3], 3);
    const weights = sampleTensor([4, 2, 3], 4);
    checkParameterGradients([made.weights, condition], () => {
      const h = applyAdapter(made, H, keyStream(Rng.key(5)));
      return applyDense(condition, h).mul(weights).sum() as tf.Scalar;
    });
    // Dropout changes the value, in training only.
    const [still, again, noisy] = [undefined, undefined, keyStream(Rng.key(5))].map((keys) =>
      applyAdapter(made, H, keys).dataSync(),
    );
    expect(still).toEqual(again);
    expect(noisy).not.toEqual(still);
  });
});
