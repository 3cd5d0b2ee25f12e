import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, olymMathConfig, PRESETS, type PresetName } from "./config";
import { PUBLISHED_SETTINGS } from "./sampling/settings";

test("every field has a sentence, a unit, a source and a default", () => {
  const fields = describeConfig();
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
  for (const { name, sentence, unit, source, default: value } of fields) {
    expect(sentence, name).toMatch(/^\S.{5,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|suite)( \(.+\))?$/);
    expect(value, name).toBeDefined();
  }
});

test("what the paper states about sampling is its own", () => {
  const { temperature, topP } = PUBLISHED_SETTINGS;
  expect([temperature, topP]).toEqual([0.6, 0.95]);
  expect(configSchema.parse({})).toMatchObject({ temperature, topP });
});

describe.each(Object.keys(PRESETS) as PresetName[])("preset %s", (preset) => {
  test("is valid, with overrides on top", () => {
    expect(olymMathConfig(preset)).toMatchObject(PRESETS[preset].config);
    expect(olymMathConfig(preset, { chinese: 0.5, samples: 9 })).toMatchObject({ chinese: 0.5, samples: 9 });
  });
});

test("a preset that has not run says so", () => {
  expect(PRESETS.gpu.status).toMatch(/^Not run yet\./);
  expect(PRESETS.smoke.status).toContain("its scores mean nothing");
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => olymMathConfig("smoke", overrides);
  test.each([
    ["chinese", 1.1],
    ["shortcuts", -0.1],
    ["numbers", "large"],
    ["temperature", -1],
    ["topP", 0],
    ["samples", 0],
    ["maxTokens", 1.5],
    ["learningRate", 0],
  ])("%s: %s", (field, value) => expect(refuse({ [field]: value })).toThrow(`olymmath: ${field}: `));
  test("unknown field", () =>
    expect(refuse({ sample: 3 })).toThrow('olymmath has no field "sample": did you mean samples?'));
  test("unknown preset", () =>
    expect(() => olymMathConfig("full" as PresetName)).toThrow(
      '"full" is no preset of olymmath; there are smoke, cpu, gpu',
    ));
});
