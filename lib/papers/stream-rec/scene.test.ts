import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { rankingMetrics, splitTargets } from "../../recsys";
import { tf, variables } from "../../tensor";
import { disposeTree } from "../../tensor/tree";
import { type StreamRecConfig, streamRecConfig } from "./config";
import type { Judged, Scene } from "./scene";
import { readDirect, readModel, withModel } from "./scene";
import { runTokens } from "./thoughts";
import { buildModel, loadData } from "./training";

const config = streamRecConfig("smoke", { simulatedUsers: 20 });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "stream-rec-scene-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function contextIn(own: string, seed = 3): RunContext {
  return {
    ...{ seed, folder: own, signal: new AbortController().signal },
    ...{ log: () => {}, progress: () => {} },
    checkpoint: {
      save: () => {},
      load: () => ({}),
      exists: () => false,
    } as unknown as RunContext["checkpoint"],
    need: () => Promise.reject(new Error("a scene needs no other run")),
  };
}

/** A run that trains nothing: what there is of an untouched model. */
const untrained = (mode: Judged["mode"], steps: number, seed = 3, look: (scene: Scene) => void = () => {}) =>
  withModel(config, contextIn(folder, seed), 0, async (scene) => {
    look(scene);
    return scene.output(scene.judge(mode, steps), { updates: 0 });
  });

describe("a run's output", () => {
  let output: RunOutput;
  let tensors: number;
  beforeAll(async () => {
    const before = tf.memory().numTensors;
    output = await untrained("think", 2);
    tensors = tf.memory().numTensors - before;
  }, 60_000);

  test("has the metrics of its ranks, and leaves no tensor", () => {
    const { metrics, arrays = {} } = output;
    expect(tensors).toBe(0);
    expect(arrays["ranks"]).toHaveLength(20);
    expect(metrics["NDCG@10"]).toBeCloseTo(rankingMetrics(arrays["ranks"]).ndcg, 12);
    expect(metrics).toMatchObject({ "thinking tokens": 2, "answer tokens": 3, updates: 0 });
  });

  test("has what was thought and answered for each test user: an answer that is the target is ranked first", async () => {
    const { data } = await loadData(config);
    const { traces, answers, cosines, firstCosine, lastCosine, ranks } = output.arrays ?? {};
    expect([traces.length, cosines.length]).toEqual([40, 60]);
    splitTargets(data, "test").forEach((event, user) => {
      expect(answers[user] === data.itemIds[event]).toBe(ranks[user] === 1);
      expect([firstCosine[user], lastCosine[user]]).toEqual([cosines[3 * user], cosines[3 * user + 2]]);
    });
    expect(output.timings?.["milliseconds a user, thinking"]).toBeGreaterThan(0);
  });

  test("is another of another seed, which the trainings are given too", async () => {
    const told: unknown[] = [];
    const { arrays = {} } = await untrained("think", 2, 4, ({ epochs }) => {
      const { seed, epochs: count, windowLength, batchSize } = epochs(7, 0.1, "epoch");
      told.push(seed, count, windowLength, batchSize);
    });
    expect(told).toEqual([4, 7, config.windowLength, config.batchSize]);
    expect(arrays["cosines"]).not.toEqual(output.arrays?.["cosines"]);
  }, 60_000);

  test("of thinking without tokens has the state that thinking starts from, and no traces", async () => {
    const { metrics, arrays = {} } = await untrained("think", 0);
    expect(metrics["thinking tokens"]).toBe(0);
    expect([arrays["traces"].length, arrays["cosines"].length]).toEqual([0, 20]);
    expect(arrays["lastCosine"]).toEqual(arrays["firstCosine"]);
  }, 60_000);

  test("of a model that does not think has no thinking", async () => {
    const { arrays = {}, timings = {} } = await untrained("direct", 0);
    expect(Object.keys(arrays)).toEqual(["ranks", "answers"]);
    expect(Object.keys(timings)).toEqual(["milliseconds a user"]);
  }, 60_000);
});

test("labels that reach a prediction end the run", async () => {
  const leaking = withModel(config, contextIn(folder), 0, async (scene) => {
    const judged = scene.judge("direct", 0);
    const { beams } = judged.full.options;
    // A recommender is given histories alone. This one answers otherwise when it is asked a last time, with the labels moved, as one that had seen them
    // another way would.
    let asked = 0;
    const full = Object.assign(
      (...given: Parameters<typeof judged.full>) => {
        const found = judged.full(...given);
        asked++;
        return {
          ...found,
          items: found.items.map((item, at) => (at % beams === 0 && asked > 3 ? 1 + (item % 5) : item)),
        };
      },
      { options: judged.full.options, report: judged.full.report, dispose: judged.full.dispose },
    );
    return scene.output({ ...judged, full }, { updates: 0 });
  });
  await expect(leaking).rejects.toThrow(/The items predicted for event \d+ depend on labels/);
}, 60_000);

describe("the weights that a run leaves", () => {
  const sums = (values: readonly tf.Variable[]) =>
    values.map((each) => tf.tidy(() => each.sum().dataSync()[0]));

  test("are those that it ended with: the next stage reads them, and so does who compares with TIGER", async () => {
    let expected: number[] = [];
    const own = mkdtempSync(join(folder, "run-"));
    await withModel(config, contextIn(own), 0, async ({ model, judge, output }) => {
      for (const variable of variables(model.t5.weights)) variable.assign(tf.tidy(() => variable.mul(1.5)));
      expected = sums(variables(model.t5.weights));
      return output(judge("direct", 0), { updates: 0 });
    });
    const run = { folder: own } as StoredRun;
    const tokens = runTokens(config, await loadData(config), 3);
    const model = buildModel(config, tokens, 4);
    expect(sums(variables(model.t5.weights))).not.toEqual(expected);
    readModel(run, model);
    expect(sums(variables(model.t5.weights))).toEqual(expected);
    const before = tf.memory().numTensors;
    const direct = readDirect(config, run, tokens, 4);
    expect(sums(variables(direct.weights))).toEqual(expected);
    disposeTree(direct.weights);
    expect(tf.memory().numTensors).toBe(before);
    disposeTree(model.t5.weights);
    disposeTree(model.networks);
  }, 60_000);

  test("of another size are refused", async () => {
    const own = mkdtempSync(join(folder, "run-"));
    await withModel(config, contextIn(own), 0, async ({ judge, output }) =>
      output(judge("direct", 0), { updates: 0 }),
    );
    const other: StreamRecConfig = { ...config, dimensions: 8 };
    const tokens = runTokens(config, await loadData(config), 3);
    const model = buildModel(other, tokens, 3);
    expect(() => readModel({ folder: own } as StoredRun, model)).toThrow(/shape|\[/);
    disposeTree(model.t5.weights);
    disposeTree(model.networks);
  }, 60_000);
});
