import { describe, it } from "vitest";
import { tf } from ".";
import { checkGradients, sampleTensor } from "./testing";

const ops: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["exp", (x) => tf.exp(x)],
  ["tanh", (x) => tf.tanh(x)],
  ["sigmoid", (x) => tf.sigmoid(x)],
  ["softmax", (x) => tf.softmax(x)],
  ["logSoftmax", (x) => tf.logSoftmax(x)],
  ["max", (x) => tf.max(x, 1)],
  ["cumprod", (x) => tf.cumprod(x, 1)],
  ["a network", (x) => tf.tanh(tf.mul(tf.sigmoid(x), tf.exp(tf.sum(x, 1, true))))],
];

describe("the gradient of a gradient", () => {
  it.each(ops)("of %s", (_, f) => {
    const slope = (x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(tf.pow(f(y), 3)))(x);
    tf.tidy(() =>
      checkGradients(slope, [sampleTensor([2, 3], 8, 0.3, 1.2)], { relative: 5e-3, absolute: 5e-3 }),
    );
  });
});
