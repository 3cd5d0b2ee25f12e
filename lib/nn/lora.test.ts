import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sgd } from "../optim";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyDense, applyLora, dense, keyStream, lowRank, mergeLora } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = { alpha: 32, dropout: 0.1 };

function scene() {
  const layer = dense({ inputs: 6, outputs: 4 }, Rng.key(1));
  const change = lowRank(layer, 2, Rng.key(2));
  return { layer, change, x: sampleTensor<tf.Tensor3D>([2, 5, 6], 3) };
}

describe("LoRA", () => {
  test("by hand: x W + b + (α / r) x A B", () => {
    const layer = { weight: tf.tensor2d([[1], [2]]), bias: tf.tensor1d([10]) };
    const change = { down: tf.tensor2d([[3], [1]]), up: tf.tensor2d([[0.5]]) };
    const options = { alpha: 4, dropout: 0 };
    // x W + b = 1 + 4 + 10; x A = 5, times 0.5 and 4
    assertClose(applyLora(layer, change, tf.tensor2d([[1, 2]]), options), [[15 + 4 * 5 * 0.5]]);
  });

  test("does nothing at the start, with dropout and without, to the bit", () => {
    const { layer, change, x } = scene();
    expect(change.down.abs().min().dataSync()[0]).toBeGreaterThan(0);
    expect(change.down.abs().max().dataSync()[0]).toBeLessThan(1 / Math.sqrt(6));
    const alone = applyDense(layer, x).dataSync();
    expect(applyLora(layer, change, x, OPTIONS).dataSync()).toEqual(alone);
    expect(applyLora(layer, change, x, OPTIONS, keyStream(Rng.key(4))).dataSync()).toEqual(alone);
    expect(applyLora(layer, undefined, x, OPTIONS).dataSync()).toEqual(alone);
  });

  test("merged it is one layer that does the same", () => {
    const { layer, change, x } = scene();
    change.up.assign(sampleTensor([2, 4], 5));
    const merged = mergeLora(layer, change, 32);
    expect(merged.weight.shape).toEqual([6, 4]);
    const apart = applyDense(layer, x).add(
      tf
        .matMul(
          tf.matMul(x.reshape([10, 6]), change.down as tf.Tensor as tf.Tensor2D),
          change.up as tf.Tensor as tf.Tensor2D,
        )
        .mul(16)
        .reshape([2, 5, 4]),
    );
    assertClose(applyDense(merged, x), apart, { absolute: 1e-5 });
    assertClose(applyLora(layer, change, x, OPTIONS), apart, { absolute: 1e-5 });
    expect(mergeLora({ weight: layer.weight }, change, 32)).not.toHaveProperty("bias");
  });

  test("dropout is of what A reads, not of what the layer reads: its mean is the layer without", () => {
    const { layer, change } = scene();
    change.up.assign(sampleTensor([2, 4], 5));
    const x = tf.ones<tf.Rank.R2>([20_000, 6]);
    const dropped = applyLora(layer, change, x, { alpha: 2, dropout: 0.5 }, keyStream(Rng.key(6)));
    const whole = applyLora(layer, change, x.slice(0, 1), { alpha: 2, dropout: 0.5 });
    assertClose(dropped.mean(0, true), whole, { absolute: 0.02 });
    expect(tf.moments(dropped, 0).variance.min().dataSync()[0]).toBeGreaterThan(1e-3);
    // With B = 0 again, nothing of the noise is left.
    change.up.assign(tf.zeros([2, 4]));
    const still = applyLora(layer, change, x, { alpha: 2, dropout: 0.5 }, keyStream(Rng.key(6)));
    assertClose(still, applyDense(layer, x), { absolute: 0 });
  });

  test("a step moves B first, then A; W and b stay as they were", () => {
    const { layer, change, x } = scene();
    const frozen = [layer.weight.dataSync(), layer.bias!.dataSync()].map((values) => [...values]);
    const start = [...change.down.dataSync()];
    const optimizer = sgd(change, { learningRate: 0.1 });
    const loss = () =>
      applyLora(layer, change, x, OPTIONS, keyStream(Rng.key(7)))
        .square()
        .mean() as tf.Scalar;
    optimizer.step(loss);
    expect([...change.down.dataSync()]).toEqual(start);
    expect(change.up.abs().min().dataSync()[0]).toBeGreaterThan(0);
    optimizer.step(loss);
    expect([...change.down.dataSync()]).not.toEqual(start);
    expect([layer.weight.dataSync(), layer.bias!.dataSync()].map((values) => [...values])).toEqual(frozen);
    optimizer.dispose();
  });

  test.each([0, 0.25])("gradients, dropout %d", (dropout) => {
    const keys = () => (dropout === 0 ? undefined : keyStream(Rng.key(8)));
    checkGradients(
      (x, weight, bias, down, up) =>
        applyLora({ weight, bias }, { down, up }, x, { alpha: 3, dropout }, keys()),
      [[2, 3], [3, 2], [2], [3, 2], [2, 2]].map((shape, k) => sampleTensor(shape, k + 1)),
    );
  });

  test("refuses a rank that the matrix cannot have", () => {
    const { layer } = scene();
    expect(() => lowRank(layer, 5, Rng.key(1))).toThrow("a matrix [6, 4] has a rank from 1 to 4, not 5");
    expect(() => lowRank(layer, 0, Rng.key(1))).toThrow("not 0");
  });
});
