import { afterAll, beforeAll, expect, it } from "vitest";
import { compile, tf } from "../../tensor";
import { PRESETS, setUp, type Trial } from "./experiment";
import { type Report, train, trainingStep } from "./train";

const config = { ...PRESETS.smoke, steps: 150 };
let trial: Trial;
let before = 0;

beforeAll(() => {
  before = tf.memory().numTensors;
  trial = setUp(config, 1);
});
afterAll(() => {
  trial.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

const learn = (onReport?: (report: Report) => void, options = trial.options) =>
  train(trial.model, trial.data, trial.test, options, { onReport, reports: 3 });

it("learns, and tells its curve at even distances", async () => {
  const heard: number[] = [];
  const curve = await learn(({ step }) => heard.push(step));
  expect(heard).toEqual([0, 50, 100, 150]);
  expect(curve.map(({ step }) => step)).toEqual(heard);
  expect(curve[0].trainLoss).toBeGreaterThan(0.5); // near ln 2: it knows nothing
  expect(curve[3].trainLoss).toBeLessThan(0.8 * curve[0].trainLoss);
  expect(curve[3].testAccuracy).toBeGreaterThan(0.6);
});

it("frees all that it made", async () => {
  const tensors = tf.memory().numTensors;
  await learn();
  expect(tf.memory().numTensors).toBe(tensors);
});

it("a step is the same op by op and compiled, and draws another batch at another index", () => {
  const weights = trial.model.layers.flatMap(({ weight, bias }) => (bias ? [weight, bias] : [weight]));
  const start = weights.map((weight) => tf.clone(weight));
  const losses = [false, true].map((compiled) => {
    weights.forEach((weight, i) => {
      weight.assign(start[i]);
    });
    const step = trainingStep(trial.model, trial.data, trial.options);
    const run = compiled ? compile((index: tf.Scalar) => step(index), { xla: false }) : step;
    const found = [1, 2, 2].map((index) => tf.tidy(() => run(tf.scalar(index, "int32")).dataSync()[0]));
    run.dispose();
    if (compiled) step.dispose();
    return found;
  });
  tf.dispose(start);
  losses[0].forEach((loss, i) => {
    expect(losses[1][i]).toBeCloseTo(loss, 4);
  });
  expect(losses[0][1]).not.toBe(losses[0][0]);
  expect(losses[0][2]).toBeLessThan(losses[0][1]); // the same batch again, after an update on it
});

it("says so where it diverges", async () => {
  const options = { ...trial.options, optimizer: "sgd" as const, learningRate: 1e20 };
  await expect(learn(undefined, options)).rejects.toThrow(/diverged: the loss at step 50 is NaN. Lower/);
});
