import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../experiment/execute";
import { specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { rankingMetrics } from "../../recsys/metrics";
import { tf } from "../../tensor";
import { type T2ARecOverrides, t2aRecConfig } from "./config";
import { experiment } from "./experiment";

let folder: string;
let store: RunStore;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "t2arec-"));
  store = new RunStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const smoke = (overrides: T2ARecOverrides = {}) =>
  t2aRecConfig("smoke", { simulatedUsers: 60, epochs: 2, ...overrides });

async function made(overrides: T2ARecOverrides, seed = 1): Promise<StoredRun> {
  const outcome = await execute(experiment, smoke(overrides), seed, { store });
  if (outcome.status !== "stored" && outcome.status !== "finished") throw new Error(JSON.stringify(outcome));
  return outcome.run;
}

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: T2ARecOverrides) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  test.each<[T2ARecOverrides, T2ARecOverrides]>([
    [{ model: "SASRec" }, { timeWeight: 9, testSteps: 3, gruHidden: 9 }],
    [{ model: "GRU4Rec" }, { sasRecDropout: 0.1, trainLosses: "none" }],
    [{ testLosses: "none" }, { testLearningRate: 9, gruDropout: 0.9 }],
    [{ dataset: "ml-100k" }, { simulatedUsers: 7 }],
    [{ model: "Mamba4Rec" }, { baselineServingTime: true }],
    [{}, { baselineServingTime: true }],
  ])("%o does not read %o", (base, unread) => {
    expect(spec({ ...base, ...unread })).toBe(spec(base));
  });
  test.each<[T2ARecOverrides, T2ARecOverrides]>([
    [{ model: "SASRec" }, { sasRecDropout: 0.1 }],
    [{}, { testLearningRate: 9 }],
    [{ testLosses: "none" }, { timeWeight: 9 }],
    [{}, { simulatedUsers: 7 }],
    [{ model: "TiM4Rec" }, { baselineServingTime: true }],
  ])("%o reads %o", (base, read) => {
    expect(spec({ ...base, ...read })).not.toBe(spec(base));
  });
});

describe("without time stamps", () => {
  const reason = (overrides: T2ARecOverrides) =>
    experiment.unable?.(smoke({ dataset: "amazon-beauty", ...overrides }));
  test.each<[T2ARecOverrides, RegExp]>([
    [{}, /L_time reads time stamps, and amazon-beauty has none/],
    [{ trainLosses: "time", testLosses: "none" }, /L_time/],
    [{ trainLosses: "none", testLosses: "time" }, /L_time/],
    [{ model: "TiSASRec" }, /TiSASRec reads time stamps/],
    [{ model: "TiM4Rec" }, /TiM4Rec reads time stamps/],
  ])("%o cannot run", (overrides, why) => {
    expect(reason(overrides)).toMatch(why);
    expect(experiment.unable?.(smoke(overrides))).toBeUndefined(); // on the simulator it can
  });
  test.each<T2ARecOverrides>([
    { trainLosses: "state", testLosses: "state" },
    { trainLosses: "none", testLosses: "none" },
    { model: "Mamba4Rec" },
  ])("%o can", (overrides) => expect(reason(overrides)).toBeUndefined());
});

test("the seven rows of table 3 need four trainings a seed", () => {
  const { variants } = experiment.ablations.losses;
  const configurations = variants.map(({ label, change }) => ({ label, config: { ...smoke(), ...change } }));
  const runs = planRuns(experiment, configurations, [1, 2]);
  expect(runs.filter(({ needs }) => needs.length === 0)).toHaveLength(8);
  expect(runs).toHaveLength(2 * (4 + 5)); // "w/o both" and "w/o both, test" have no step of their own
});

test("a run with a step tests the weights of the run without, and only the step makes the difference", async () => {
  const before = tf.memory().numTensors;
  const stepped = await made({ testOptimizer: "adam", testLearningRate: 0.05 });
  const still = await made({ testLearningRate: 0 });
  const plain = await made({ testLosses: "none" });
  expect(tf.memory().numTensors).toBe(before);
  expect(store.list()).toHaveLength(3);
  expect(still.metrics["NDCG@10"]).toBe(plain.metrics["NDCG@10"]);
  expect(still.array("ranks")).toEqual(plain.array("ranks"));
  expect(stepped.array("ranks")).not.toEqual(plain.array("ranks"));
  expect(plain.metrics).toMatchObject({ epochs: 2, "NDCG@10": rankingMetrics(plain.array("ranks")).ndcg });
  expect(Object.keys(plain.metrics)).toContain("NDCG@10 after a shift");
}, 120_000);

test("the same seed gives the same numbers, bit for bit", async () => {
  const first = await made({ model: "GRU4Rec" }, 5);
  store.remove("t2arec", first.id);
  const second = await made({ model: "GRU4Rec" }, 5);
  expect(second.id).toBe(first.id);
  expect(second.metrics).toEqual(first.metrics);
  expect((await made({ model: "GRU4Rec" }, 6)).metrics["NDCG@10"]).not.toBe(first.metrics["NDCG@10"]);
}, 120_000);
