import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, mtgRecConfig, PRESETS, type PresetName } from "./config";

test("every field has a sentence, a unit, a source and a default", () => {
  const fields = describeConfig();
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
  for (const { name, sentence, unit, source, default: value } of fields) {
    expect(sentence, name).toMatch(/^\S.{10,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|MTGRec's code|RecBole|suite)$/);
    expect(value, name).toBeDefined();
  }
});

test("the defaults that the paper states are the paper's", () => {
  expect(configSchema.parse({})).toMatchObject({
    ...{ levels: 3, codes: 256, hidden: [2048, 1024, 512, 256], tokenizerEpochs: 10_000, snapshots: 30 },
    ...{ dimensions: 128, inner: 512, heads: 4, headDimensions: 64, windowLength: 20, batchSize: 1024 },
    ...{ learningRate: 5e-3, testBeams: 50, fineTuningLearningRate: 2e-4, curriculum: "influence" },
    ...{ model: "MTGRec", backbone: "TIGER++", part: "recommender" },
  });
});

describe.each(Object.keys(PRESETS) as PresetName[])("preset %s", (preset) => {
  test("is valid, with overrides on top", () => {
    expect(mtgRecConfig(preset).model).toBe("MTGRec");
    expect(mtgRecConfig(preset, { tokenizers: 3, dimensions: 8 })).toMatchObject({
      tokenizers: 3,
      dimensions: 8,
    });
  });
  test("can be run: it has records for its snapshots, snapshots for its tokenizers, and epochs for its records", () => {
    const { tokenizers, snapshots, records, recordEvery, tokenizerEpochs, tokenizerRestart } =
      mtgRecConfig(preset);
    expect(tokenizers).toBeLessThanOrEqual(snapshots);
    expect(snapshots).toBeLessThanOrEqual(records);
    expect(records * recordEvery).toBeLessThanOrEqual(tokenizerEpochs - tokenizerRestart);
  });
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => mtgRecConfig("smoke", overrides);
  test("wrong type", () =>
    expect(refuse({ tokenizers: "three" })).toThrow("mtgrec: tokenizers: Expected number, received string"));
  test("out of range", () => {
    expect(refuse({ dropout: 1 })).toThrow("mtgrec: dropout: ");
    expect(refuse({ snapshotChurn: 0 })).toThrow("mtgrec: snapshotChurn: ");
    expect(refuse({ stages: [] })).toThrow("mtgrec: stages: ");
    expect(refuse({ temperature: 0 })).toThrow("mtgrec: temperature: ");
  });
  test("unknown field", () =>
    expect(refuse({ tokeniser: 3 })).toThrow('mtgrec has no field "tokeniser": did you mean tokenizers?'));
  test("unknown data set", () =>
    expect(refuse({ dataset: "amazon-beuty" })).toThrow("dataset: is no known data set with item content"));
  test("unknown preset", () =>
    expect(() => mtgRecConfig("big" as PresetName)).toThrow(
      '"big" is no preset of mtgrec; there are smoke, cpu, catalogue, lastfm, beauty, gpu',
    ));
});
