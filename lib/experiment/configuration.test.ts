import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Configuration, describeConfig, field, parseOverrides, resolveConfig } from "./configuration";

const schema = z
  .object({
    epochs: field(z.number().int().positive(), "Passes over the data.", "paper", "epochs").default(10),
    name: field(z.string(), "What it is called.", "suite").default("7"),
    quick: field(z.boolean(), "Whether to hurry.", "inferred").default(false),
    widths: field(z.array(z.number()), "Of the layers.", "suite").default([8]),
    model: z
      .object({
        d: field(z.number(), "Width.", "paper", "channels").default(64),
        kind: field(z.enum(["gru", "lstm"]), "Which cell.", "paper").default("gru"),
      })
      .strict()
      .default({}),
  })
  .strict();

const configuration: Configuration<z.infer<typeof schema>> = {
  schema,
  presets: {
    smoke: { status: "Seconds.", config: { epochs: 1, model: { d: 4 } } },
    cpu: { status: "Minutes.", config: {} },
  },
};

const resolve = (...settings: string[]) =>
  resolveConfig("toy", configuration, "smoke", parseOverrides(schema, settings));

describe("overrides", () => {
  test("are typed by the schema and go to nested fields", () => {
    expect(resolve("model.d=8", "quick=true", "name=8", "widths=[1,2]", "model.kind=lstm")).toEqual({
      epochs: 1,
      name: "8",
      quick: true,
      widths: [1, 2],
      model: { d: 8, kind: "lstm" },
    });
    expect(resolve("epochs=3").model).toEqual({ d: 4, kind: "gru" });
    expect(resolveConfig("toy", configuration, "cpu")).toMatchObject({ epochs: 10, model: { d: 64 } });
  });
  test.each([
    ["model.b=1", /toy has no field "model\.b": did you mean model\.d\?/],
    ["epoch=1", /did you mean epochs\?/],
    ["model=1", /has no field "model"/],
    ["epochs=0", /toy: epochs: Number must be greater than 0/],
    ["epochs=many", /toy: epochs: Expected number, received string/],
    ["quick=perhaps", /toy: quick: Expected boolean, received string/],
    ["model.kind=rnn", /toy: model\.kind: Invalid enum value\. Expected 'gru' \| 'lstm'/],
    ["epochs", /"epochs" is no setting: write name=value/],
  ])("%s is refused", (setting, message) => {
    expect(() => resolve(setting)).toThrow(message);
  });
  test("an unknown preset is refused with those that there are", () => {
    expect(() => resolveConfig("toy", configuration, "gpu")).toThrow(
      '"gpu" is no preset of toy; there are smoke, cpu.',
    );
    expect(() => resolveConfig("toy", configuration, "constructor")).toThrow(/is no preset/);
  });
});

test("every field is described", () => {
  expect(describeConfig(schema)).toContainEqual({
    name: "model.d",
    sentence: "Width.",
    unit: "channels",
    source: "paper",
    default: 64,
  });
  expect(describeConfig(schema)).toHaveLength(6);
  expect(() => describeConfig(z.object({ bare: z.number().default(1) }))).toThrow(/bare has no sentence/);
});
