import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { type Optimizer, type ParameterTree, sgd } from ".";
import { afterThreeSteps, expectClose } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const cases: [string, (params: ParameterTree) => Optimizer, number[]][] = [
  ["sgd", (p) => sgd(p, { learningRate: 0.05 }), [0.9279435, -1.2594064, 0.4819303, 0.4509384]],
  [
    "sgd with momentum and weight decay",
    (p) => sgd(p, { learningRate: 0.05, momentum: 0.9, weightDecay: 0.1 }),
    [0.8352376, -0.4350333, 0.452625, 0.6237206],
  ],
  [
    "sgd with Nesterov momentum",
    (p) => sgd(p, { learningRate: 0.05, momentum: 0.9, nesterov: true }),
    [0.8351666, -0.3283511, 0.4527566, 0.7526473],
  ],
];

test.each(cases)("%s: the numbers of PyTorch", (_, make, expected) =>
  expectClose(afterThreeSteps(make), expected),
);
