import { expect, test } from "vitest";
import { keptWeights, tf } from "./index";

const held = (parameters: readonly tf.Variable[]) => parameters.map((each) => [...each.dataSync()]);
const set = (parameters: readonly tf.Variable[], ...values: number[][]) => {
  parameters.forEach((each, k) => {
    tf.tidy(() => each.assign(tf.tensor1d(values[k])));
  });
};

test("what was kept last comes back, as often as asked; before there is anything the variables stay", () => {
  const parameters = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
  const weights = keptWeights(parameters);
  expect(weights.values()).toEqual([]);
  weights.restore();
  expect(held(parameters)).toEqual([[1, 2], [3]]);
  weights.keep();
  set(parameters, [4, 5], [6]);
  weights.keep();
  expect(weights.values().map((each) => [...each.dataSync()])).toEqual([[4, 5], [6]]);
  for (const other of [7, 8]) {
    set(parameters, [other, other], [other]);
    expect(weights.values().map((each) => [...each.dataSync()])).toEqual([[4, 5], [6]]);
    weights.restore();
    expect(held(parameters)).toEqual([[4, 5], [6]]);
  }
  weights.dispose();
  set(parameters, [9, 9], [9]);
  weights.restore();
  expect(held(parameters)).toEqual([[9, 9], [9]]);
  tf.dispose(parameters);
});

test("there is never more than one copy, which outlives the scope it is made in", () => {
  const parameters = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
  const before = tf.memory().numTensors;
  const weights = keptWeights(parameters);
  tf.tidy(() => weights.keep());
  weights.keep();
  tf.tidy(() => weights.keep());
  expect(tf.memory().numTensors).toBe(before + 2);
  set(parameters, [0, 0], [0]);
  weights.restore();
  expect(held(parameters)).toEqual([[1, 2], [3]]);
  weights.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(parameters);
});
