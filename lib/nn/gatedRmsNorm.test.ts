import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyGatedRmsNorm } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("the gate acts before the norm, which therefore undoes its scale", () => {
  const silu = (x: number) => x / (1 + Math.exp(-x));
  const gated = [3 * silu(1), 4 * silu(-2)];
  const root = Math.sqrt((gated[0] ** 2 + gated[1] ** 2) / 2);
  const norm = { weight: tf.tensor1d([1, 2]) };
  const y = applyGatedRmsNorm(norm, tf.tensor2d([[3, 4]]), tf.tensor2d([[1, -2]]), 0);
  assertClose(y, [[gated[0] / root, (2 * gated[1]) / root]]);
});

test("gradients", () => {
  checkGradients(
    (weight, x, gate) => applyGatedRmsNorm({ weight }, x, gate),
    [sampleTensor([4], 1), sampleTensor([3, 4], 2), sampleTensor([3, 4], 3)],
  );
});
