import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CheckpointFile } from "../experiment/checkpoint";
import { adam } from "../optim";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { variables } from "../tensor/tree";
import { loadDataset } from "./datasets";
import { sasRec } from "./models/sasrec";
import { type TrainOptions, type TrainResult, train } from "./train";
import { type TrainingCheckpoint, trainingState } from "./trainingState";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "training-"));
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  rmSync(folder, { recursive: true, force: true });
});

const OPTIONS: TrainOptions = {
  windowLength: 8,
  batchSize: 32,
  learningRate: 0.01,
  epochs: 6,
  patience: 3,
  seed: 4,
};

const file = (): TrainingCheckpoint => new CheckpointFile(folder, () => ({ logBytes: 0, seconds: 0 }));

/** Trains a fresh model; `cutAfter` epochs it is stopped in the middle of the next one. */
async function trained(cutAfter: number, checkpoint?: TrainingCheckpoint) {
  const simulator = { users: 30, clusters: 3, itemsPerCluster: 6, minEvents: 8, maxEvents: 12 };
  const { data } = await loadDataset("simulator", { simulator });
  const key = Rng.key(1);
  const model = sasRec({ items: data.items, windowLength: 8, dimensions: 8, inner: 16 }, key);
  key.dispose();
  const stop = new AbortController();
  const result = await train(model, data, {
    ...OPTIONS,
    checkpoint,
    signal: stop.signal,
    reportEveryMs: 0,
    onProgress({ epoch, step }) {
      if (epoch === cutAfter + 1 && step === 2) stop.abort();
    },
  });
  const weights = variables(model.parameters as object).map((variable) => [...variable.dataSync()]);
  return { result, weights };
}

const withoutTimes = ({ history, ...rest }: TrainResult) => ({
  ...rest,
  history: history.map(({ trainSeconds: _, validationSeconds: __, ...record }) => record),
});

test.each([1, 3])(
  "a training cut off in epoch %i + 1 goes on and ends bit for bit as an uncut one",
  async (cutAfter) => {
    const uncut = await trained(Number.POSITIVE_INFINITY);
    const cut = await trained(cutAfter, file());
    expect(cut.result).toMatchObject({ stopped: "aborted" });
    expect(cut.result.history).toHaveLength(cutAfter);
    const resumed = await trained(Number.POSITIVE_INFINITY, file());
    expect(withoutTimes(resumed.result)).toEqual(withoutTimes(uncut.result));
    expect(resumed.weights).toEqual(uncut.weights);
  },
);

test("a finished training is not begun again, and nothing leaks", async () => {
  const first = await trained(Number.POSITIVE_INFINITY, file());
  const before = tf.memory().numTensors;
  const again = await trained(Number.POSITIVE_INFINITY, file());
  expect(again.result).toEqual(first.result); // the seconds too: no epoch was run
  expect(again.weights).toEqual(first.weights);
  expect(tf.memory().numTensors - before).toBe(again.weights.length);
});

test.each([true, false])("the best weights go on with a training, where there are some (%s)", (hasBest) => {
  const position = { epoch: 2, steps: 2, bestEpoch: hasBest ? 1 : 0, bestValue: 0.5, history: [] };
  const start = () => {
    const w = tf.variable(tf.tensor1d([1, -2]));
    const optimizer = adam({ w }, { learningRate: 0.1 });
    const step = () => optimizer.step(() => w.square().sum<tf.Scalar>()).dispose();
    return { w, step, optimizer, state: trainingState(optimizer, file()) };
  };
  const first = start();
  first.step();
  const best = [...first.w.dataSync()];
  if (hasBest) first.state.keepBest();
  first.step();
  first.state.save(position);
  const last = [...first.w.dataSync()];
  first.state.restoreBest();
  expect([...first.w.dataSync()]).toEqual(hasBest ? best : last);

  const second = start();
  const before = tf.memory().numTensors;
  expect(second.state.resume()).toEqual(position);
  expect([...second.w.dataSync()]).toEqual(last);
  expect(tf.memory().numTensors).toBe(before + (hasBest ? 1 : 0));
  second.step();
  second.state.restoreBest();
  if (hasBest) expect([...second.w.dataSync()]).toEqual(best);
  else expect([...second.w.dataSync()]).not.toEqual(last);
  expect(tf.memory().numTensors).toBe(before);
  for (const { optimizer } of [first, second]) optimizer.dispose();
});
