import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, finiteDifferences, sampleTensor } from "../tensor/testing";
import { infoNce, unitRows } from "./contrastive";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const rows = (...values: number[][]) => tf.tensor2d(values);

test("InfoNCE: logits [[6, 0], [8, 10]] at a temperature of 0.1", () => {
  const losses = infoNce(rows([1, 0], [0, 1]), rows([0.6, 0.8], [0, 1]), { temperature: 0.1 });
  assertClose(losses, tf.tensor1d([0.0024757, 0.126928]), { absolute: 2e-6 });
  assertClose(losses.mean(), 0.0647018, { absolute: 2e-6 });
  const longer = infoNce(rows([3, 0], [0, 0.1]), rows([6, 8], [0, 9]), { temperature: 0.1 });
  assertClose(longer, losses, { absolute: 2e-6 });
});

test("keys of one id are no negatives of each other", () => {
  const [queries, keys] = [rows([1, 0], [0, 1], [1, 1]), rows([1, 0], [1, 0], [0, 1])];
  const ids = tf.tensor1d([7, 7, 4], "int32");
  const [first, second] = infoNce(queries, keys, { temperature: 1, ids }).dataSync();
  expect(first).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
  expect(second).toBeCloseTo(Math.log(1 + Math.E), 6);
  const [unmasked] = infoNce(queries, keys, { temperature: 1 }).dataSync();
  expect(unmasked).toBeCloseTo(Math.log(2 + Math.exp(-1)), 6);
});

test("its gradients, which are finite for a vector of zeros too", () => {
  const keys = sampleTensor<tf.Tensor2D>([4, 3], 2);
  const loss = (x: tf.Tensor) => infoNce(x as tf.Tensor2D, keys, { temperature: 0.5 }).mean() as tf.Scalar;
  const queries = sampleTensor<tf.Tensor2D>([4, 3], 1);
  const numeric = finiteDifferences(
    (values) => tf.tidy(() => loss(tf.tensor2d([...values], [4, 3])).dataSync()[0]),
    [...queries.dataSync()],
    0.01,
  );
  assertClose(tf.grad(loss)(queries), tf.tensor(numeric, [4, 3]), { relative: 5e-3, absolute: 1e-3 });
  const gradient = tf.grad((x) => unitRows(x).sum())(tf.zeros([1, 3]));
  expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
});
