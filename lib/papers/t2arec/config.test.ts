import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, PRESETS, type PresetName, t2aRecConfig } from "./config";

test("every field has a sentence, a unit, a source and a default", () => {
  for (const { name, sentence, unit, source, default: value } of describeConfig()) {
    expect(sentence, name).toMatch(/^\S.{10,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|RecBole|Mamba4Rec|inferred|suite)$/);
    expect(value, name).toBeDefined();
  }
});

test("the defaults that the paper states are the paper's", () => {
  expect(configSchema.parse({})).toMatchObject({
    dimensions: 64,
    stateSize: 32,
    learningRate: 1e-3,
    batchSize: 4096,
    evaluationBatchSize: 4096,
    testSteps: 1,
    testLearningRate: 0.005,
    testOptimizer: "sgd",
  });
});

test.each(Object.keys(PRESETS) as PresetName[])("preset %s is valid, and overrides go on top", (preset) => {
  expect(t2aRecConfig(preset).seed).toBe(1);
  expect(t2aRecConfig(preset, { seed: 7, dimensions: 8 })).toMatchObject({ seed: 7, dimensions: 8 });
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => t2aRecConfig("smoke", overrides);
  test("wrong type", () =>
    expect(refuse({ epochs: "three" })).toThrow("t2arec: epochs: Expected number, received string"));
  test("out of range", () => expect(refuse({ dropout: 1 })).toThrow("t2arec: dropout: "));
  test("unknown field", () =>
    expect(refuse({ epoch: 3 })).toThrow('t2arec has no field "epoch": did you mean epochs?'));
  test("unknown data set", () =>
    expect(refuse({ dataset: "ml-101k" })).toThrow("dataset: is no known data set"));
  test("unknown preset", () =>
    expect(() => t2aRecConfig("big" as PresetName)).toThrow(
      '"big" is no preset of t2arec; there are smoke, cpu, gpu',
    ));
});
