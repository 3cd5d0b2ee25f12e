import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { adagrad, type Optimizer, type ParameterTree } from ".";
import { afterThreeSteps, expectClose } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const cases: [string, (params: ParameterTree) => Optimizer, number[]][] = [
  ["adagrad", (p) => adagrad(p, { learningRate: 0.1 }), [0.8466995, -1.7843351, 0.3242047, 0.4631303]],
  [
    "adagrad with every option",
    (p) =>
      adagrad(p, {
        learningRate: 0.1,
        learningRateDecay: 0.5,
        weightDecay: 0.1,
        initialAccumulator: 0.1,
        epsilon: 1e-3,
      }),
    [0.8663245, -1.8306501, 0.413167, 0.4143984],
  ],
];

test.each(cases)("%s: the numbers of PyTorch", (_, make, expected) =>
  expectClose(afterThreeSteps(make), expected),
);
