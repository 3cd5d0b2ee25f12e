import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients } from "../tensor/testing";
import { hardSwish } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("is 0 below -3, the identity above 3, and x (x + 3) / 6 between", () => {
  assertClose(hardSwish(tf.tensor1d([-100, -3, -1, 0, 1.5, 3, 100])), [0, 0, -1 / 3, 0, 1.125, 3, 100]);
});

test("gradients, first and second", () => {
  const x = tf.tensor1d([-4, -1.2, 0.3, 2.5, 5]);
  checkGradients(hardSwish, [x]);
  checkGradients((z) => tf.grad((y: tf.Tensor) => hardSwish(y))(z), [x]);
});
