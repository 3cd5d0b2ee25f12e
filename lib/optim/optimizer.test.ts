import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../tensor";
import { adam, adamW, sgd } from ".";
import { expectClose, loss, start } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("a schedule receives the number of updates made: 0 at the first", () => {
  const w = tf.variable(tf.scalar(0));
  const optimizer = sgd({ w }, { learningRate: (step) => step.add<tf.Scalar>(1) });
  for (let step = 0; step < 3; step++) optimizer.apply([tf.scalar(1)]);
  expectClose(w.dataSync(), [-(1 + 2 + 3)]);
});

test("weight decay leaves out the paths that `decays` refuses", () => {
  const params = { weight: tf.variable(tf.scalar(1)), bias: tf.variable(tf.scalar(1)) };
  const optimizer = adamW(params, { learningRate: 0.1, weightDecay: 0.5, decays: (path) => path !== "bias" });
  optimizer.apply([tf.scalar(0), tf.scalar(0)]);
  expectClose(params.weight.dataSync(), [0.95]);
  expectClose(params.bias.dataSync(), [1]);
});

test("a parameter that the loss does not reach keeps its value and its moments", () => {
  const params = { used: tf.variable(tf.scalar(1)), unused: tf.variable(tf.scalar(1)) };
  const optimizer = adam(params, { learningRate: 0.1, weightDecay: 0.1 });
  optimizer.step(() => params.used.square() as tf.Scalar);
  expectClose(params.unused.dataSync(), [1]);
  expect(params.used.dataSync()[0]).toBeLessThan(1);
});

test("a step frees everything but the loss, and dispose frees the state", () => {
  const params = start();
  const before = tf.memory().numTensors;
  const optimizer = adam(params, { learningRate: 0.1, clipNorm: 1 });
  const built = tf.memory().numTensors;
  for (let step = 0; step < 3; step++) optimizer.step(() => loss(params)).dispose();
  expect(tf.memory().numTensors).toBe(built);
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("reset makes the next run equal the first", () => {
  const params = start();
  const optimizer = adam(params, { learningRate: 0.1 });
  const run = (): number[] => {
    tf.tidy(() => {
      params.w.assign(tf.tensor1d([1, -2, 0.5]));
      params.b.assign(tf.tensor1d([0.25]));
    });
    for (let step = 0; step < 3; step++) optimizer.step(() => loss(params)).dispose();
    return [...params.w.dataSync(), ...params.b.dataSync()];
  };
  const first = run();
  optimizer.reset();
  expect(run()).toEqual(first);
});

test("an empty tree and a wrong number of gradients are refused", () => {
  expect(() => sgd({}, { learningRate: 1 })).toThrow("at least one parameter");
  expect(() => sgd({ w: tf.variable(tf.scalar(1)) }, { learningRate: 1 }).apply([])).toThrow("1 parameters");
});
