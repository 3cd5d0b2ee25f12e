import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evaluate, popularityScores, splitTargets } from "../../recsys";
import { oracleScores } from "../../recsys/planted";
import { tf } from "../../tensor";
import { countParameters } from "../../tensor/tree";
import { PRESETS, t2aRecConfig } from "./config";
import type { T2ARec } from "./model";
import { buildModel, loadData, testModel, testTimeOptions, testWithStep, trainModel } from "./training";
import { ABLATIONS } from "./variants";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const smoke = (overrides = {}) => t2aRecConfig("smoke", { simulatedUsers: 60, epochs: 1, ...overrides });

test("the ablation has the seven rows of table 3, and four trainings", () => {
  expect(ABLATIONS.map(({ label }) => label)).toEqual([
    "T2ARec",
    "w/o both",
    "w/o time",
    "w/o state",
    "w/o both, test",
    "w/o time, test",
    "w/o state, test",
  ]);
  expect(new Set(ABLATIONS.map(({ train }) => JSON.stringify(train))).size).toBe(4);
  for (const { label, train, test: atTest } of ABLATIONS) {
    // A loss that did not train is never used at test time.
    expect([label, atTest.time && !train.time, atTest.state && !train.state]).toEqual([label, false, false]);
    if (label.endsWith(", test")) expect(train).toEqual({ time: true, state: true });
  }
});

test("equal seeds start from equal weights, whichever losses train", async () => {
  const config = smoke();
  const { data } = await loadData(config);
  const models = ABLATIONS.slice(0, 4).map(
    ({ train }) => buildModel("T2ARec", config, data, train) as T2ARec,
  );
  const first = models.map(({ parameters }) => [...parameters.transform.projection.weight.dataSync()]);
  for (const weights of first) expect(weights).toEqual(first[0]);
  expect(countParameters(models[0].parameters)).toBe(countParameters(models[1].parameters));
  expect(models.map(({ alignment }) => [alignment.timeWeight, alignment.stateWeight])).toEqual([
    [config.timeWeight, config.stateWeight],
    [0, 0],
    [0, config.stateWeight],
    [config.timeWeight, 0],
  ]);
});

test("λ is the configured one, or the median of the training data", async () => {
  const { data } = await loadData(smoke());
  const scale = (lambda: number) => (buildModel("T2ARec", smoke({ lambda }), data) as T2ARec).alignment.scale;
  expect(scale(0.5)).toBe(0.5);
  expect(scale(0)).toBeGreaterThan(0);
});

test("the test-time step takes its settings from the configuration", () => {
  const config = smoke({
    testSteps: 2,
    testLearningRate: 0.1,
    testOptimizer: "adam",
    testParameters: "blockOnly",
  });
  expect(testTimeOptions(config, { time: true, state: false })).toEqual({
    steps: 2,
    learningRate: 0.1,
    timeWeight: config.testTimeWeight,
    stateWeight: 0,
    parameters: "blockOnly",
    optimizer: "adam",
  });
});

test("without losses the test-time step is plain inference", async () => {
  const config = smoke();
  const { data } = await loadData(config);
  const model = buildModel("T2ARec", config, data) as T2ARec;
  const none = { time: false, state: false };
  expect(testWithStep(model, data, config, none).ranks).toEqual(testModel(model, data, config).ranks);
});

describe("on the planted simulator", () => {
  test("oracle > trained models > popularity", async () => {
    const config = t2aRecConfig("smoke", {
      simulatedUsers: 300,
      epochs: 12,
      patience: 12,
      dimensions: 24,
      gruHidden: 32,
    });
    const { data, simulation } = await loadData(config);
    const cases = splitTargets(data, "test");
    const ndcg = (score: Parameters<typeof evaluate>[0]) =>
      evaluate(score, data, "test", { windowLength: config.windowLength }).metrics.ndcg;
    const oracle = ndcg(oracleScores(simulation!, data, cases));
    const popularity = ndcg(popularityScores(data));
    for (const name of ["T2ARec", "SASRec", "GRU4Rec"] as const) {
      const model = buildModel(name, config, data);
      await trainModel(model, data, config);
      const trained = testModel(model, data, config).metrics.ndcg;
      expect(trained, name).toBeLessThan(oracle);
      expect(trained, name).toBeGreaterThan(2 * popularity);
    }
  });
});

test("every preset says what it is good for", () => {
  for (const { status } of Object.values(PRESETS)) expect(status.length).toBeGreaterThan(20);
});
