import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { adagrad, adam, adamW, clipByGlobalNorm, type Optimizer, type ParameterTree, sgd } from ".";

/*
 * Worked numbers. From w = (1, -2, 0.5), b = 0.25, three updates on
 *     loss = Σ w⁴ / 4 + (w₀ b - 1)²
 * The expected values were computed in float64 with torch.optim (2.15), which documents the formula that stands
 * in each optimiser's comment.
 */
function start(): { w: tf.Variable; b: tf.Variable } {
  return { w: tf.variable(tf.tensor1d([1, -2, 0.5])), b: tf.variable(tf.tensor1d([0.25])) };
}

function loss({ w, b }: { w: tf.Variable; b: tf.Variable }): tf.Scalar {
  const coupling = w.slice(0, 1).mul(b).sub(1).square().sum();
  return w.square().square().sum().div<tf.Scalar>(4).add(coupling);
}

function afterThreeSteps(make: (params: ParameterTree) => Optimizer): number[] {
  const params = start();
  const optimizer = make(params);
  for (let step = 0; step < 3; step++) optimizer.step(() => loss(params)).dispose();
  return [...params.w.dataSync(), ...params.b.dataSync()];
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs(actual[index] - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
  });
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("worked numbers of PyTorch", () => {
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
  test.each(cases)("%s", (_, make, expected) => expectClose(afterThreeSteps(make), expected));
});

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

describe("clipping by global norm", () => {
  // norm of (3, 4, 12) = 13; at maxNorm 6.5 every gradient is halved: 1.4999998846, 1.9999998462, 5.9999995386
  test("scales all gradients together", () => {
    const { gradients, norm } = clipByGlobalNorm([tf.tensor1d([3, 4]), tf.tensor1d([12])], 6.5);
    expectClose(norm.dataSync(), [13]);
    expectClose(gradients[0].dataSync(), [1.4999998846, 1.9999998462]);
    expectClose(gradients[1].dataSync(), [5.9999995386]);
  });
  test("leaves short gradients as they are", () => {
    const { gradients } = clipByGlobalNorm([tf.tensor1d([3, 4])], 100);
    expect([...gradients[0].dataSync()]).toEqual([3, 4]);
  });
  test("acts inside an optimiser", () => {
    const w = tf.variable(tf.tensor1d([0, 0]));
    sgd({ w }, { learningRate: 1, clipNorm: 1 }).apply([tf.tensor1d([30, 40])]);
    expectClose(w.dataSync(), [-0.6, -0.8]);
  });
  test("refuses a limit that is not positive", () => {
    expect(() => clipByGlobalNorm([tf.scalar(1)], 0)).toThrow("maxNorm");
  });
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
