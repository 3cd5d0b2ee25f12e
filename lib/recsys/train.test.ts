import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { variables } from "../tensor/tree";
import { loadDataset } from "./datasets";
import { evaluate } from "./evaluate";
import { gru4Rec } from "./models/gru4rec";
import type { SequentialModel } from "./models/sequentialModel";
import { popularityScores } from "./popularity";
import type { SequentialDataset } from "./sequences";
import { type EpochRecord, type Progress, type TrainOptions, train } from "./train";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: TrainOptions = { windowLength: 12, batchSize: 64, learningRate: 0.01, epochs: 3, seed: 1 };

async function smallData(): Promise<SequentialDataset> {
  const simulator = { users: 40, clusters: 3, itemsPerCluster: 6, minEvents: 8, maxEvents: 12 };
  return (await loadDataset("simulator", { simulator })).data;
}

function smallModel(data: SequentialDataset, batches: "prefix" | "position" = "prefix"): SequentialModel {
  return gru4Rec({ items: data.items, dimensions: 8, hidden: 8, dropout: 0.1, batches }, Rng.key(1));
}

const weightsOf = (model: SequentialModel) =>
  variables(model.parameters as object).map((variable) => [...variable.dataSync()]);

describe.each(["prefix", "position"] as const)("on %s batches", (batches) => {
  test("learns: the loss falls, and the best epoch beats popularity", async () => {
    const data = await smallData();
    const model = smallModel(data, batches);
    const { history, bestEpoch, stopped } = await train(model, data, {
      ...OPTIONS,
      epochs: 20,
      patience: 20,
    });
    expect(stopped).toBe("epochs");
    expect(history).toHaveLength(20);
    expect(history[19].loss).toBeLessThan(history[0].loss - 0.1);
    const best = history[bestEpoch - 1].validation.ndcg;
    expect(best).toBe(Math.max(...history.map(({ validation }) => validation.ndcg)));
    const popular = evaluate(popularityScores(data), data, "validation", { windowLength: 12 }).metrics.ndcg;
    expect(best).toBeGreaterThan(popular);
  });
});

test("leaves the model with the weights of its best epoch", async () => {
  const data = await smallData();
  const model = smallModel(data);
  const records: EpochRecord[] = [];
  const { bestEpoch, history } = await train(model, data, {
    ...OPTIONS,
    epochs: 6,
    onEpoch: (r) => records.push(r),
  });
  const { ndcg } = evaluate(model.score, data, "validation", { windowLength: 12 }).metrics;
  expect(ndcg).toBeCloseTo(history[bestEpoch - 1].validation.ndcg, 6);
  expect(records).toEqual(history);
  expect(history.filter(({ best }) => best).at(-1)!.epoch).toBe(bestEpoch);
});

test("the same seed gives the same numbers, another seed others", async () => {
  const data = await smallData();
  const run = async (seed: number) => {
    const model = smallModel(data);
    await train(model, data, { ...OPTIONS, epochs: 1, seed });
    return weightsOf(model);
  };
  const [first, second, other] = [await run(1), await run(1), await run(2)];
  first.forEach((values, i) => {
    values.forEach((value, k) => {
      expect(Math.abs(value - second[i][k])).toBeLessThan(1e-5);
    });
  });
  expect(first).not.toEqual(other);
});

test("stops after `patience` epochs without a better one", async () => {
  const data = await smallData();
  const model = smallModel(data);
  // A learning rate of 0 never improves on the first epoch.
  const { history, stopped, bestEpoch } = await train(model, data, {
    ...OPTIONS,
    learningRate: 0,
    epochs: 9,
    patience: 3,
  });
  expect([history.length, stopped, bestEpoch]).toEqual([4, "patience", 1]);
});

test("the rows that fill up the last batch do not count", async () => {
  const data = await smallData();
  const cases = Int32Array.from([data.offsets[1] - 3, data.offsets[2] - 3, data.offsets[3] - 3]);
  const run = async (batchSize: number) => {
    const model = smallModel(data);
    const { history } = await train(model, data, {
      ...OPTIONS,
      epochs: 1,
      batchSize,
      cases: () => cases,
      learningRate: 0,
    });
    return history[0].loss;
  };
  // Dropout draws differ with the shape of the batch, and with 0.1 on tiny weights hardly matter.
  expect(Math.abs((await run(3)) - (await run(8)))).toBeLessThan(0.02);
});

test("a signal ends the training between two steps, and the best weights so far stay", async () => {
  const data = await smallData();
  const model = smallModel(data);
  const controller = new AbortController();
  const { stopped, history } = await train(model, data, {
    ...OPTIONS,
    epochs: 50,
    signal: controller.signal,
    onEpoch: ({ epoch }) => {
      if (epoch === 2) controller.abort();
    },
  });
  expect(stopped).toBe("aborted");
  expect(history).toHaveLength(2);
});

test("progress counts steps of the epoch", async () => {
  const data = await smallData();
  const seen: Progress[] = [];
  await train(smallModel(data), data, {
    ...OPTIONS,
    epochs: 1,
    reportEveryMs: 0,
    onProgress: (p) => seen.push(p),
  });
  expect(seen.map(({ step }) => step)).toEqual(
    Array.from({ length: seen[0].stepsPerEpoch }, (_, i) => i + 1),
  );
  for (const { loss } of seen) expect(loss).toBeGreaterThan(0);
});

test("a loss that is no number stops with advice, and nothing leaks", async () => {
  const data = await smallData();
  const model = smallModel(data);
  const before = tf.memory().numTensors;
  await train(model, data, OPTIONS);
  expect(tf.memory().numTensors).toBe(before);
  const broken: SequentialModel = { ...model, loss: (batch, key) => model.loss(batch, key).mul(Number.NaN) };
  await expect(train(broken, data, OPTIONS)).rejects.toThrow(
    "the loss of epoch 1 is NaN. Lower the learning rate",
  );
  expect(tf.memory().numTensors).toBe(before);
});
