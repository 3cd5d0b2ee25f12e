import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose } from "../testing";
import { gelu, silu, softplus } from "./activations";

const far = tf.tensor1d([-100, -20, 20, 100]);
const activations: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["gelu", (x) => gelu(x)],
  ["gelu, tanh approximation", (x) => gelu(x, { approximate: true })],
  ["silu", (x) => silu(x)],
  ["softplus", (x) => softplus(x)],
];

describe.each(activations)("%s", (_, activation) => {
  it("is zero far left and the identity far right, and so is its gradient", () => {
    assertClose(activation(far), [0, 0, 20, 100], { absolute: 1e-6 });
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(activation(x)))(far);
    assertClose(gradient, [0, 0, 1, 1], { absolute: 1e-6 });
  });
});

it("the two forms of gelu are close, and not the same", () => {
  const x = tf.linspace(-3, 3, 50);
  const difference = tf.max(tf.abs(tf.sub(gelu(x), gelu(x, { approximate: true })))).dataSync()[0];
  expect(difference).toBeGreaterThan(1e-4);
  expect(difference).toBeLessThan(1e-3);
});
