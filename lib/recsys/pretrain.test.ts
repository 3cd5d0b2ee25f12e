import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { variables } from "../tensor/tree";
import { loadDataset } from "./datasets";
import { s3Rec } from "./models/s3rec";
import { type PretrainOptions, pretrain } from "./pretrain";
import { train } from "./train";
import type { TrainingCheckpoint } from "./trainingState";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = { windowLength: 8, batchSize: 64, learningRate: 0.01, seed: 1 };

/** Planted shifts of interest, an S3-Rec whose attributes are the planted clusters. */
async function scene() {
  const simulator = { users: 40, clusters: 3, itemsPerCluster: 6, minEvents: 8, maxEvents: 12 };
  const { data, simulation } = await loadDataset("simulator", { simulator });
  const matrix = new Float32Array((data.items + 1) * 3);
  simulation!.itemCluster.forEach((cluster, item) => {
    matrix[(item + 1) * 3 + cluster] = 1;
  });
  const attributes = { names: ["a", "b", "c"], matrix };
  const sizes = { windowLength: 8, dimensions: 8, blocks: 1, inner: 8, dropout: 0.1 };
  const key = Rng.key(1);
  const model = s3Rec({ items: data.items, attributes, ...sizes }, key);
  key.dispose();
  const weights = () => variables(model.parameters).map((variable) => [...variable.dataSync()]);
  return { data, model, weights };
}

describe("pre-training", () => {
  test("lowers its loss, keeps the last epoch's weights, and the next-item training goes on from them", async () => {
    const { data, model, weights } = await scene();
    let seen: number[][] = [];
    const { history, bestEpoch, stopped } = await pretrain(model, data, {
      ...OPTIONS,
      epochs: 12,
      onEpoch: () => {
        seen = weights();
      },
    });
    expect([history.length, bestEpoch, stopped]).toEqual([12, 12, "epochs"]);
    expect(history[11].loss).toBeLessThan(history[0].loss - 0.5);
    expect(weights()).toEqual(seen);
    const heads = () => [...model.parameters.pretraining.segment.weight.dataSync()];
    const before = { heads: heads(), items: [...model.parameters.items.table.dataSync()] };
    const second = await train(model, data, { ...OPTIONS, epochs: 3 });
    expect(second.history[2].loss).toBeLessThan(second.history[0].loss);
    expect(heads()).toEqual(before.heads);
    expect([...model.parameters.items.table.dataSync()]).not.toEqual(before.items);
  });

  test("takes as many steps as it is told, the last epoch cut short, and leaks nothing", async () => {
    const { data, model } = await scene();
    let steps = 0;
    const run = (options: Partial<PretrainOptions>) =>
      pretrain(model, data, {
        ...OPTIONS,
        reportEveryMs: 0,
        onProgress: () => {
          steps++;
        },
        ...options,
      } as PretrainOptions);
    await run({ epochs: 1 });
    const stepsPerEpoch = steps;
    const before = tf.memory().numTensors;
    steps = 0;
    const { history } = await run({ steps: stepsPerEpoch + 2 });
    expect([steps, history.length]).toEqual([stepsPerEpoch + 2, 2]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("cut off, it goes on from its checkpoint and ends as if never cut", async () => {
    const stored: { tensors?: Record<string, tf.Tensor>; data?: unknown } = {};
    const checkpoint: TrainingCheckpoint = {
      save(tensors, data) {
        const copies = Object.entries(tensors).map(
          ([name, tensor]) => [name, tf.keep(tf.clone(tensor))] as const,
        );
        Object.assign(stored, { tensors: Object.fromEntries(copies), data: structuredClone(data) });
      },
      load: () => (stored.tensors === undefined ? undefined : { tensors: stored.tensors, data: stored.data }),
    };
    const whole = await scene();
    await pretrain(whole.model, whole.data, { ...OPTIONS, epochs: 3 });
    const cut = await scene();
    await pretrain(cut.model, cut.data, { ...OPTIONS, epochs: 1, checkpoint });
    const resumed = await scene();
    const { history } = await pretrain(resumed.model, resumed.data, { ...OPTIONS, epochs: 3, checkpoint });
    expect(history).toHaveLength(3);
    expect(resumed.weights()).toEqual(whole.weights());
  });

  test("wants to be told how long", async () => {
    const { data, model } = await scene();
    await expect(pretrain(model, data, OPTIONS as PretrainOptions)).rejects.toThrow(
      "a number of epochs or of steps",
    );
  });
});
