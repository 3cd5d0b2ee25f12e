import { describe, expect, it, test } from "vitest";
import { type RunContext, specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import { type RelevanceConfig, relevanceConfig } from "./config";
import { experiment } from "./experiment";
import { madeRun } from "./testing";

type Change = Partial<RelevanceConfig>;
const config = relevanceConfig("smoke");
const smoke = (overrides: Change = {}): RelevanceConfig => ({ ...config, ...overrides });

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: Change) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  const OF_JUDGEMENT: Change = {
    ...{
      model: "smollm2",
      dataset: "nq",
      judgement: "pairwise",
      order: "IDQ",
      format: "reversed",
      answers: "Yes",
    },
    ...{ negatives: "hard", rows: 7, documentTokens: 7, margin: 7, pairs: 7, layerStep: 7 },
    ...{ allGroups: false, draws: 7, largestList: 7, probedPairs: 7 },
  };
  const OF_CIRCUIT: Change = { trainingSteps: 7, scrubbedPrompts: 7 };

  test.each([
    ["judgement", OF_JUDGEMENT, OF_CIRCUIT],
    ["trained circuit", OF_CIRCUIT, OF_JUDGEMENT],
  ] as const)("the study %s reads its own fields, and none of the other's", (study, own, others) => {
    for (const [field, value] of Object.entries(own))
      expect(spec({ study, [field]: value }), field).not.toBe(spec({ study }));
    for (const [field, value] of Object.entries(others))
      expect(spec({ study, [field]: value }), field).toBe(spec({ study }));
    const fields = [...Object.keys(OF_JUDGEMENT), ...Object.keys(OF_CIRCUIT), "study"].sort();
    expect(Object.keys(config).sort()).toEqual(fields);
  });

  test("so that there is one run of the circuit, whatever is judged", () => {
    const circuit = (change: Change) => ({
      label: "",
      config: smoke({ study: "trained circuit", ...change }),
    });
    expect(
      planRuns(experiment, [circuit({}), circuit({ rows: 9 }), circuit({ format: "reversed" })], [1]),
    ).toHaveLength(1);
    expect(spec({ study: "judgement" })).not.toBe(spec({ study: "trained circuit" }));
  });
});

describe("what cannot run says why", () => {
  const reason = (overrides: Change) => experiment.unable?.(smoke(overrides));
  test.each<[Change, string]>([
    [
      { dataset: "nq", negatives: "both" },
      "Natural Questions comes without random negatives; set negatives=hard",
    ],
    [
      { dataset: "nq", negatives: "random" },
      "Natural Questions comes without random negatives; set negatives=hard",
    ],
    [
      { judgement: "pairwise", order: "QDI" },
      "the order QDI is for one document; set order=DQI or order=IDQ",
    ],
  ])("%o", (overrides, why) => expect(reason(overrides)).toBe(why));
  test.each<Change>([
    {},
    { dataset: "nq", negatives: "hard" },
    { judgement: "pairwise" },
    { judgement: "pairwise", order: "IDQ" },
    { order: "QDI" },
    { study: "trained circuit", dataset: "nq", judgement: "pairwise", order: "QDI" },
  ])("%o can", (overrides) => expect(reason(overrides)).toBeUndefined());
  test("every variant can run", () => {
    for (const { variants } of Object.values(experiment.ablations))
      for (const { name, change } of variants) expect(reason(change), name).toBeUndefined();
  });
});

describe("a run builds on", () => {
  const needs = (overrides: Change) => experiment.needs?.(smoke(overrides));
  it("nothing", () => {
    expect(needs({})).toEqual([]);
    expect(needs({ judgement: "pairwise" })).toEqual([]);
    expect(needs({ study: "trained circuit", format: "reversed" })).toEqual([]);
  });
  it("the plain run of the same settings where the format is reversed", () => {
    expect(needs({ format: "reversed", order: "IDQ" })).toEqual([smoke({ order: "IDQ" })]);
    const configurations = (["plain", "reversed"] as const).map((format) => ({
      label: format,
      config: smoke({ format }),
    }));
    expect(planRuns(experiment, configurations, [1, 2])).toHaveLength(4);
    expect(planRuns(experiment, configurations.slice(1), [1, 2])).toHaveLength(4);
  });
  it("and takes its pairs", async () => {
    const quick: Change = { rows: 3, probedPairs: 0, draws: 1, largestList: 1, allGroups: false };
    const asked: unknown[] = [];
    const context = {
      ...{ seed: 1, signal: new AbortController().signal, log: () => {}, progress: () => {} },
      need: async (of: unknown) => {
        asked.push(of);
        const arrays = { rows: Int32Array.of(0, 1, 2, 0, 1, 2), negatives: Int32Array.of(0, 0, 0, 1, 1, 1) };
        return madeRun({ clean: [], corrupted: [], discovery: [4], test: [2], arrays });
      },
    } as unknown as RunContext;
    const { arrays } = await experiment.run(smoke({ ...quick, format: "reversed" }), context);
    expect(asked).toEqual([smoke(quick)]);
    expect([arrays!.discovery, arrays!.test]).toEqual([Int32Array.of(4), Int32Array.of(2)]);
    await experiment.run(smoke({ ...quick, margin: 1000 }), context);
    expect(asked).toHaveLength(1);
  });
});
