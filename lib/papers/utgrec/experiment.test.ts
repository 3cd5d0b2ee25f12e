import { describe, expect, test } from "vitest";
import { specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import { type UtgRecConfig, utgRecConfig } from "./config";
import { experiment } from "./experiment";

type Change = Partial<UtgRecConfig>;
const config = utgRecConfig("smoke");
const smoke = (overrides: Change = {}): UtgRecConfig => ({ ...config, ...overrides });

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: Change) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  const tokenizer = { part: "pretrained tokenizer" } as const;
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { rootCodes: 9, layers: 4, width: 9, testBeams: 3, adaptation: "free" }],
    [{ model: "TIGER" }, { width: 9, adaptation: "free", fineTuningLearningRate: 9, baselineEpochs: 7 }],
    [{ model: "UniSRec" }, { layers: 4, rootCodes: 9, rqvaeEpochs: 9, testBeams: 3 }],
    [tokenizer, { adaptation: "none", adaptationEpochs: 9, dimensions: 8, layers: 4, windowLength: 9 }],
    [{ part: "pretrained recommender" }, { adaptation: "none", fineTuningEpochs: 9, testBeams: 3 }],
    [{ part: "tokenizer" }, { layers: 4, recommenderPretraining: false, fineTuningEpochs: 9 }],
    [{ adaptation: "none" }, { adaptationLearningRate: 9 }],
    [{ recommenderPretraining: false }, { fineTuningLearningRate: 9 }],
    [{}, { rqvaeEpochs: 9, baselineEpochs: 7, contentDimensions: 9 }],
  ])("%o does not read %o", (base, unread) => {
    for (const [field, value] of Object.entries(unread))
      expect(spec({ ...base, [field]: value }), field).toBe(spec(base));
  });
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { baselineEpochs: 7, dimensions: 8, windowLength: 9, targetUsers: 7 }],
    [{ model: "TIGER" }, { rqvaeEpochs: 9, rootCodes: 9, layers: 4, recommenderEpochs: 9, testBeams: 3 }],
    [{ model: "MISSRec" }, { baselinePretrainingEpochs: 9, contentDimensions: 9 }],
    [tokenizer, { width: 9, leafCodes: 9, codeWeight: 9, books: "flat", factorised: false, loraRank: 0 }],
    [{ part: "tokenizer" }, { adaptation: "none", adaptationLearningRate: 9, alignmentWeight: 9 }],
    [{ part: "pretrained recommender" }, { layers: 4, recommenderEpochs: 9, coReconstructionWeight: 9 }],
    [{}, { adaptation: "none", fineTuningLearningRate: 9, recommenderPretraining: false, decoding: "legal" }],
  ])("%o reads %o", (base, read) => {
    for (const [field, value] of Object.entries(read))
      expect(spec({ ...base, [field]: value }), field).not.toBe(spec(base));
  });
});

describe("what cannot run says why", () => {
  const reason = (overrides: Change) => experiment.unable?.(smoke(overrides));
  test.each<[Change, RegExp]>([
    [{ part: "tokenizer", model: "SASRec" }, /^SASRec has no tokenizer of its own$/],
    [{ part: "pretrained recommender", model: "TIGER" }, /^TIGER has no pretrained recommender of its own$/],
    [{ tokenizerPretraining: false }, /a recommender is pre-trained on codes of the pre-trained tokenizer/],
    [{ tokenizerPretraining: false, recommenderPretraining: false }, /has no codes to keep/],
  ])("%o", (overrides, why) => expect(reason(overrides)).toMatch(why));
  test.each<Change>([
    {},
    { adaptation: "none" },
    { recommenderPretraining: false },
    { tokenizerPretraining: false, recommenderPretraining: false, adaptation: "free" },
    { part: "pretrained tokenizer" },
    { model: "LETTER" },
  ])("%o can", (overrides) => expect(reason(overrides)).toBeUndefined());
});

describe("a run builds on", () => {
  const needs = (overrides: Change) =>
    (experiment.needs?.(smoke(overrides)) ?? []).map(({ part, adaptation }) =>
      part === "tokenizer" ? `tokenizer, ${adaptation}` : part,
    );
  test.each<[Change, string[]]>([
    [{ model: "SASRec" }, []],
    [{ model: "TIGER" }, []],
    [{ part: "pretrained tokenizer" }, []],
    [{ part: "pretrained recommender" }, ["pretrained tokenizer"]],
    [{ part: "tokenizer" }, ["pretrained tokenizer"]],
    [{}, ["tokenizer, frozen codes", "pretrained recommender"]],
    [{ adaptation: "none" }, ["tokenizer, none", "pretrained recommender"]],
    [{ recommenderPretraining: false }, ["tokenizer, frozen codes"]],
    [{ tokenizerPretraining: false, recommenderPretraining: false, adaptation: "free" }, ["tokenizer, free"]],
  ])("%o: %j", (overrides, expected) => expect(needs(overrides)).toEqual(expected));

  test("what is trained on the sources once for all that have it in common", () => {
    const changes: Change[] = [
      {},
      { adaptation: "none" },
      { adaptation: "free" },
      { recommenderPretraining: false },
    ];
    const configurations = changes.map((change) => ({
      label: JSON.stringify(change),
      config: smoke(change),
    }));
    const runs = planRuns(experiment, configurations, [1, 2]);
    expect(runs).toHaveLength(2 * (1 + 1 + 3 + 4)); // tokenizer and recommender of the sources, tokenizers of the target, recommenders
    expect(runs.filter(({ needs }) => needs.length === 0)).toHaveLength(2);
  });
});
