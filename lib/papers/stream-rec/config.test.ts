import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, PRESETS, type PresetName, streamRecConfig } from "./config";

test("every field has a sentence, a unit, a source and a default", () => {
  const fields = describeConfig();
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
  for (const { name, sentence, unit, source, default: value } of fields) {
    expect(sentence, name).toMatch(/^\S.{10,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|inferred|MTGRec's code|LETTER's code|DeepSeekMath|RecBole|suite)$/);
    expect(value, name).toBeDefined();
  }
});

test("the defaults are the paper's where they are known, and its lab's other recommenders' elsewhere", () => {
  expect(configSchema.parse({})).toMatchObject({
    ...{ steps: 6, stage: 3, traces: "annotated", model: "STREAM-Rec" },
    ...{ tokenizerLevels: 3, tokenizerCodes: 256, dimensions: 128, inner: 512, heads: 4, layers: 3 },
    ...{ windowLength: 20, testBeams: 50, samples: 8, clip: 0.2, klWeight: 0.04, negatives: 31 },
    ...{ contrastWeight: 0.1, quantisationWeight: 0.1, preferenceWeight: 0.1, directShare: 0.25 },
  });
});

describe.each(Object.keys(PRESETS) as PresetName[])("preset %s", (preset) => {
  test("is valid, with overrides on top", () => {
    expect(streamRecConfig(preset)).toMatchObject({ model: "STREAM-Rec", stage: 3 });
    expect(streamRecConfig(preset, { steps: 0, klWeight: 0 })).toMatchObject({ steps: 0, klWeight: 0 });
  });
  test("searches ten items at least, which its metrics look at", () => {
    const { validationBeams, testBeams } = streamRecConfig(preset);
    expect(Math.min(validationBeams, testBeams)).toBeGreaterThanOrEqual(10);
  });
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => streamRecConfig("smoke", overrides);
  test("wrong type", () =>
    expect(refuse({ steps: "six" })).toThrow("stream-rec: steps: Expected number, received string"));
  test("out of range", () => {
    expect(refuse({ stage: 4 })).toThrow("stream-rec: stage: ");
    expect(refuse({ steps: -1 })).toThrow("stream-rec: steps: ");
    expect(refuse({ directShare: 1 })).toThrow("stream-rec: directShare: ");
    expect(refuse({ traces: "none" })).toThrow("stream-rec: traces: ");
  });
  test("unknown field", () =>
    expect(refuse({ step: 3 })).toThrow(/stream-rec has no field "step": did you mean st(ep|ag)/));
  test("unknown data set", () =>
    expect(refuse({ dataset: "tre" })).toThrow("dataset: is no known data set with item content"));
  test("unknown preset", () =>
    expect(() => streamRecConfig("big" as PresetName)).toThrow(
      `"big" is no preset of stream-rec; there are ${Object.keys(PRESETS).join(", ")}`,
    ));
});
