import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../tensor";
import { adam, adamW, type Optimizer, type ParameterTree } from ".";
import { afterThreeSteps, expectClose } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const cases: [string, (params: ParameterTree) => Optimizer, number[]][] = [
  ["adam", (p) => adam(p, { learningRate: 0.1 }), [0.7446092, -1.7025795, 0.2227525, 0.5465865]],
  [
    "adam with every option",
    (p) => adam(p, { learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.2 }),
    [0.7313734, -1.703408, 0.2165734, 0.5443105],
  ],
  [
    "adamW",
    (p) => adamW(p, { learningRate: 0.1, weightDecay: 0.2 }),
    [0.7049575, -1.5925595, 0.2025077, 0.5258466],
  ],
];

test.each(cases)("%s: the numbers of PyTorch", (_, make, expected) =>
  expectClose(afterThreeSteps(make), expected),
);

test("first Adam step by hand: m = (1 - β₁) g, v = (1 - β₂) g², and the move is lr · sign(g)", () => {
  const w = tf.variable(tf.tensor1d([1, -2]));
  const optimizer = adam({ w }, { learningRate: 0.01 });
  optimizer.apply([tf.tensor1d([4, -0.5])]);
  const { firstMoment, secondMoment } = optimizer.state.slots;
  expectClose((firstMoment as { w: tf.Variable }).w.dataSync(), [0.4, -0.05]);
  expectClose((secondMoment as { w: tf.Variable }).w.dataSync(), [0.016, 0.00025]);
  expectClose(w.dataSync(), [0.99, -1.99]);
  expect(optimizer.state.count.dataSync()[0]).toBe(1);
});
