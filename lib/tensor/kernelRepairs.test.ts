import { expect, it } from "vitest";
import { compile, tf } from ".";

it("addN adds its terms in their order, whichever of them TensorFlow may overwrite", () => {
  // 1 + 2^-24 is 1 in float32; 2^-24 + 2^-24 + 1 is not. In the graph, only the last term is of no further use.
  const [one, tiny] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2 ** -24))];
  const sum = (x: tf.Scalar) => tf.addN([one, tiny, x.neg<tf.Scalar>()]);
  const compiled = compile(sum, { name: "sum", xla: false });
  const last = tf.scalar(-(2 ** -24));
  expect(sum(last).dataSync()[0]).toBe(1);
  expect(compiled(last).dataSync()[0]).toBe(1);
  const gradient = tf.grad((x) => tf.addN([x, x, tf.square(x)]).sum());
  expect([...gradient(tf.tensor1d([1, 2])).dataSync()]).toEqual([4, 6]);
  tf.dispose([one, tiny, last]);
});
