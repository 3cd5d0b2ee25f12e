import { describe, expect, test } from "vitest";
import { configSchema, describeConfig, PRESETS, type PresetName, utgRecConfig } from "./config";
import { codesOfPositions } from "./tokenizer/codes/treeCodes";
import { multiDomainWorld } from "./world/world";

test("every field has a sentence, a unit, a source and a default", () => {
  const fields = describeConfig();
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(configSchema.shape));
  for (const { name, sentence, unit, source, default: value } of fields) {
    expect(sentence, name).toMatch(/^\S.{10,}\.$/);
    expect(unit, name).toBeTruthy();
    expect(source, name).toMatch(/^(paper|UTGRec's code|MTGRec's code|UniSRec|RecBole|suite)$/);
    expect(value, name).toBeDefined();
  }
});

test("the defaults that paper and code state are theirs", () => {
  expect(configSchema.parse({})).toMatchObject({
    ...{ levels: 3, rootCodes: 256, leafCodes: 512, codeDimensions: 128, commitment: 0.25, loraRank: 8 },
    ...{ books: "tree", factorised: true, mask: "80-10-10", adaptation: "frozen codes" },
    ...{ codeWeight: 200, diffusionWeight: 5, alignmentWeight: 0.01, coReconstructionWeight: 0.03 },
    ...{ alignmentTemperature: 0.1, diffusionSteps: 1000, diffusionRepeats: 4 },
    ...{ tokenizerEpochs: 3, tokenizerLearningRate: 3e-4, tokenizerBatchSize: 256, quantiserWarmup: 300 },
    ...{ adaptationEpochs: 40, adaptationLearningRate: 1e-4, windowLength: 20, testBeams: 50 },
    ...{ model: "UTGRec", part: "recommender", tokenizerPretraining: true, recommenderPretraining: true },
  });
});

describe.each(Object.keys(PRESETS) as PresetName[])("preset %s", (preset) => {
  const config = utgRecConfig(preset);
  test("is valid, with overrides on top", () => {
    expect(config).toMatchObject({ model: "UTGRec", adaptation: "frozen codes" });
    expect(utgRecConfig(preset, { levels: 4, dimensions: 8 })).toMatchObject({ levels: 4, dimensions: 8 });
  });
  test("can be run: as many codes as items need, flat books too, and heads that fill the T5's width", () => {
    for (const books of ["tree", "flat"] as const) {
      const tuples = codesOfPositions({ ...config, books }).reduce((product, codes) => product * codes, 1);
      expect(tuples).toBeGreaterThan(Math.max(config.sourceItems, config.targetItems));
    }
    expect(config.heads * config.headDimensions).toBeGreaterThanOrEqual(config.dimensions);
  });
  test.runIf(preset !== "gpu")("has a world with a target that no source has seen all of", () => {
    const { domains } = multiDomainWorld({
      ...{ sources: config.sources, items: config.sourceItems, users: 20, events: 4 },
      ...{ targetItems: config.targetItems, targetUsers: 20, targetEvents: 4 },
    });
    expect(domains.map(({ role }) => role)).toEqual([...new Array(config.sources).fill("source"), "target"]);
  });
});

describe("an override that does not fit is refused by name", () => {
  const refuse = (overrides: object) => () => utgRecConfig("smoke", overrides);
  test("wrong type", () =>
    expect(refuse({ levels: "three" })).toThrow("utgrec: levels: Expected number, received string"));
  test("out of range", () => {
    expect(refuse({ dropout: 1 })).toThrow("utgrec: dropout: ");
    expect(refuse({ imageless: 1 })).toThrow("utgrec: imageless: ");
    expect(refuse({ adaptation: "some" })).toThrow("utgrec: adaptation: ");
    expect(refuse({ codeWeight: -1 })).toThrow("utgrec: codeWeight: ");
  });
  test("unknown field", () =>
    expect(refuse({ rootCode: 3 })).toThrow('utgrec has no field "rootCode": did you mean rootCodes?'));
  test("unknown preset", () =>
    expect(() => utgRecConfig("big" as PresetName)).toThrow(
      '"big" is no preset of utgrec; there are smoke, cpu, gpu',
    ));
});
