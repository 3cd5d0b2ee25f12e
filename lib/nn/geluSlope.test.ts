import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { gelu } from "../tensor/ops/activations";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { geluSlope } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("is the derivative of gelu in its tanh approximation", () => {
  const x = tf.concat([tf.linspace(-4, 4, 41), tf.tensor1d([-50, 50])]);
  const derivative = tf.grad((z: tf.Tensor) => gelu(z, { approximate: true }));
  assertClose(geluSlope(x), derivative(x), { absolute: 2e-6 });
});

test("gradients, first and second", () => {
  const x = sampleTensor([12], 1, -3, 3);
  checkGradients(geluSlope, [x]);
  checkGradients((z) => tf.grad((y: tf.Tensor) => geluSlope(y))(z), [x]);
});
