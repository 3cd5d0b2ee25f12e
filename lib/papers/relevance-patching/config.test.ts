import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, PRESETS, type PresetName, relevanceConfig } from "./config";

test("every field has a sentence, a unit, a source and a default", () => {
  const fields = describeConfig();
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
  for (const { name, sentence, unit, source, default: value } of fields) {
    expect(sentence, name).toMatch(/^\S.{10,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|repository|suite|inferred)( \(.+\))?$/);
    expect(value, name).toBeDefined();
  }
});

test("the defaults that the paper's repository states are its own", () => {
  expect(configSchema.parse({})).toMatchObject({
    ...{ study: "judgement", judgement: "pointwise", order: "DQI", format: "plain", dataset: "msmarco" },
    ...{ rows: 100, margin: 0.5, pairs: 0, layerStep: 1, allGroups: true, draws: 20, largestList: 40 },
  });
});

describe.each(Object.keys(PRESETS) as PresetName[])("preset %s", (preset) => {
  test("is valid, with overrides on top", () => {
    expect(relevanceConfig(preset)).toMatchObject({ ...PRESETS[preset].config, study: "judgement" });
    expect(relevanceConfig(preset, { rows: 7, order: "IDQ" })).toMatchObject({ rows: 7, order: "IDQ" });
  });
  test("says what it shows, or in what it deviates", () => {
    expect(PRESETS[preset].status).toMatch(/Deviations: |says nothing about the paper/);
  });
});

test("a run for tests needs no download", () => {
  expect(relevanceConfig("smoke")).toMatchObject({ model: "small", dataset: "facts" });
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => relevanceConfig("smoke", overrides);
  test("wrong type", () =>
    expect(refuse({ rows: "ten" })).toThrow("relevance-patching: rows: Expected number, received string"));
  test.each([
    ["margin", -0.1],
    ["rows", 0],
    ["draws", 1.5],
    ["pairs", -1],
    ["order", "QID"],
    ["format", "inverted"],
    ["dataset", "trec"],
  ])("%s: %s", (field, value) =>
    expect(refuse({ [field]: value })).toThrow(`relevance-patching: ${field}: `),
  );
  test("unknown field", () =>
    expect(refuse({ pair: 3 })).toThrow('relevance-patching has no field "pair": did you mean pairs?'));
  test("unknown preset", () =>
    expect(() => relevanceConfig("gpu" as PresetName)).toThrow(
      '"gpu" is no preset of relevance-patching; there are smoke, cpu, full',
    ));
});
