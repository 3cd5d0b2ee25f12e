import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../experiment/execute";
import { specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { tf } from "../../tensor";
import { type MtgRecConfig, mtgRecConfig } from "./config";
import { experiment } from "./experiment";
import { loadData } from "./training";

let folder: string;
let store: RunStore;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "mtgrec-"));
  store = new RunStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Change = Partial<MtgRecConfig>;
const smoke = (overrides: Change = {}) => mtgRecConfig("smoke", { simulatedUsers: 50, ...overrides });

async function made(overrides: Change, seed = 1): Promise<StoredRun> {
  const outcome = await execute(experiment, smoke(overrides), seed, { store });
  if (outcome.status !== "stored" && outcome.status !== "finished") throw new Error(JSON.stringify(outcome));
  return outcome.run;
}

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: Change) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { tokenizers: 3, codes: 9, layers: 4, temperature: 9, testBeams: 3 }],
    [{ model: "TIGER++" }, { tokenizers: 3, backbone: "TIGER", relation: "unrelated", temperature: 9 }],
    [{ model: "TIGER++" }, { collaborativeEpochs: 9, fineTuningPatience: 3, baselineEpochs: 7 }],
    [
      { part: "tokenizer", model: "TIGER++" },
      { dimensions: 8, stages: [1], windowLength: 9, tokenizers: 3 },
    ],
    [{ curriculum: "uniform" }, { temperature: 9, accumulation: "sum", influenceCases: 5 }],
    [{ tokenizers: 1 }, { curriculum: "uniform", relation: "unrelated", temperature: 9 }],
    [{ fineTuning: false }, { fineTuningEpochs: 9, fineTuningPatience: 3, fineTuningLearningRate: 9 }],
    [{}, { collaborativeEpochs: 9, baselineLearningRate: 9 }],
    [{ dataset: "lastfm" }, { simulatedUsers: 7 }],
  ])("%o does not read %o", (base, unread) => {
    for (const [field, value] of Object.entries(unread))
      expect(spec({ ...base, [field]: value }), field).toBe(spec(base));
  });
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { baselineEpochs: 7, dimensions: 8, windowLength: 9 }],
    [{ model: "TIGER++" }, { codes: 9, layers: 4, testBeams: 3, fineTuningEpochs: 9, stages: [1] }],
    [{ model: "LETTER" }, { collaborativeEpochs: 9, baselineLearningRate: 9 }],
    [
      { part: "tokenizer", model: "LETTER" },
      { collaborativeEpochs: 9, windowLength: 9 },
    ],
    [
      { part: "tokenizer", model: "TIGER++" },
      { hidden: [9], tokenizerEpochs: 40, restart: 1, snapshotChurn: 0.5 },
    ],
    [{}, { tokenizers: 1, backbone: "TIGER", relation: "unrelated", temperature: 9, fineTuningPatience: 3 }],
    [{ fineTuning: false }, { fineTuningTokenizers: 2, fineTuningCheckpoints: [2] }],
    [{}, { simulatedUsers: 7 }],
  ])("%o reads %o", (base, read) => {
    for (const [field, value] of Object.entries(read))
      expect(spec({ ...base, [field]: value }), field).not.toBe(spec(base));
  });
});

describe("what cannot run says why", () => {
  const reason = (overrides: Change) => experiment.unable?.(smoke(overrides));
  test.each<[Change, RegExp]>([
    [{ part: "tokenizer", model: "SASRec" }, /SASRec has no tokenizer/],
    [{ part: "tokenizer", model: "HSTU" }, /HSTU has no tokenizer/],
    [{ tokenizers: 4 }, /4 tokenizers need as many snapshots, and the configuration has 3/],
    [{ model: "HSTU" }, /HSTU reads time stamps, and catalogue has none/],
    [{ model: "FDSA" }, /FDSA reads attributes, and catalogue has none/],
    [{ model: "S3-Rec" }, /S3-Rec reads attributes, and catalogue has none/],
  ])("%o", (overrides, why) => expect(reason(overrides)).toMatch(why));
  test.each<Change>([
    {},
    { tokenizers: 3 },
    { tokenizers: 4, relation: "unrelated" }, // each of its own training
    { model: "TIGER", tokenizers: 4 },
    { model: "SASRec" },
    { part: "tokenizer", model: "LETTER" },
  ])("%o can", (overrides) => expect(reason(overrides)).toBeUndefined());
});

describe("a run builds on", () => {
  const needs = (overrides: Change) =>
    (experiment.needs?.(smoke(overrides)) ?? []).map(({ part, model, restart, fineTuning }) =>
      part === "tokenizer" ? `${model} ${restart}` : `${model}${fineTuning ? "" : " before fine-tuning"}`,
    );
  test.each<[Change, string[]]>([
    [{ model: "SASRec" }, []],
    [{ part: "tokenizer", model: "TIGER" }, []],
    [{ model: "LETTER" }, ["LETTER 0"]],
    [{ fineTuning: false }, ["TIGER++ 0"]],
    [{ backbone: "LETTER" }, ["LETTER 0", "MTGRec before fine-tuning"]],
    [
      { relation: "unrelated", tokenizers: 3 },
      ["TIGER++ 0", "TIGER++ 1", "TIGER++ 2", "MTGRec before fine-tuning"],
    ],
  ])("%o: %j", (overrides, expected) => expect(needs(overrides)).toEqual(expected));

  test("the same tokenizer, whoever writes with it", () => {
    const configurations = [{}, { tokenizers: 1 }, { model: "TIGER++" }, { layers: 2 }].map((change) => ({
      label: JSON.stringify(change),
      config: smoke(change as Change),
    }));
    const runs = planRuns(experiment, configurations, [1, 2]);
    expect(runs.filter(({ needs }) => needs.length === 0)).toHaveLength(2);
    expect(runs).toHaveLength(2 * (1 + 2 + 2 + 1 + 2));
  });
});

test("a tokenizer encodes all items at every snapshot, and a restart is another one", async () => {
  const { data } = await loadData(smoke());
  const before = tf.memory().numTensors;
  const run = await made({ part: "tokenizer", model: "TIGER++" });
  expect(tf.memory().numTensors).toBe(before);
  const { snapshots, levels, codes } = run.metrics;
  expect({ snapshots, levels, codes }).toEqual({ snapshots: 3, levels: 3, codes: 8 });
  expect(run.array("codes")).toHaveLength(3 * data.items * 3);
  expect(run.array("codewords")).toHaveLength(3 * 8 * 8);
  const other = await made({ part: "tokenizer", model: "TIGER++", restart: 1 });
  expect(other.array("codes")).not.toEqual(run.array("codes"));
  expect((await made({ part: "tokenizer", model: "LETTER" })).metrics["levels"]).toBe(4);
}, 60_000);

test("the same seed gives the same numbers, bit for bit; another seed others", async () => {
  const everything = async (seed: number) => {
    const run = await made({ decoding: "constrained" }, seed);
    return { id: run.id, metrics: run.metrics, ranks: [...run.array("ranks")] };
  };
  const first = await everything(5);
  for (const run of store.list()) store.remove("mtgrec", run.id);
  const second = await everything(5);
  expect(second).toEqual(first);
  expect(first.metrics["NDCG@10"]).toBeGreaterThan(0);
  expect(first.metrics["NDCG@10"]).toBeCloseTo(rankingMetrics(first.ranks).ndcg, 12);
  expect((await everything(6)).ranks).not.toEqual(first.ranks);
}, 120_000);
