import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { itemLogits, nextItemLoss } from "../../lib/recsys/models/sequentialModel";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { flattenTree } from "../../lib/tensor/tree";
import { mamba4rec } from "./mamba4rec";
import { randomBatch, type SequentialBenchmark } from "./sequential";
import { tim4rec } from "./tim4rec";
import { ttt4rec } from "./ttt4rec";

const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const SECONDS_A_DAY = 86_400;
const ROWS = 4;
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 120_000;

interface Outcome {
  readonly loss: number;
  readonly gradientNorms: Readonly<Record<string, number>>;
}

const batch = randomBatch(ROWS);
const ids = batch.items.arraySync();
/** In seconds, without the gap that leads to the predicted event. */
const gaps = batch.gaps
  .arraySync()
  .map((row) => row.slice(0, ids[0].length).map((days) => days * SECONDS_A_DAY));

/** Far from where training starts, so that every parameter has a say in the loss. */
function shaken(benchmark: SequentialBenchmark) {
  const key = Rng.key(5);
  const model = benchmark.create(key);
  const leaves = flattenTree(model.parameters as object) as [string, tf.Variable][];
  leaves.forEach(([, variable], index) => {
    tf.tidy(() => variable.assign(variable.add(Rng.normal(Rng.foldIn(key, index), variable.shape).mul(0.2))));
  });
  return { model, leaves };
}

function ourOutcome({ model, leaves }: ReturnType<typeof shaken>): Outcome {
  const table = leaves.find(([name]) => name === "items.table")![1];
  const loss = () =>
    nextItemLoss(itemLogits(model.encode(batch), table), batch.targets as tf.Tensor1D, batch.weights);
  const { value, grads } = tf.variableGrads(loss);
  return {
    loss: value.dataSync()[0],
    gradientNorms: Object.fromEntries(
      leaves.map(([name, variable]) => [name, tf.norm(grads[variable.name]).dataSync()[0]]),
    ),
  };
}

describe.runIf(PYTHON !== undefined).each([
  { benchmark: mamba4rec, inputs: [ids] },
  { benchmark: tim4rec, inputs: [ids, gaps] },
  { benchmark: ttt4rec, inputs: [ids] },
])("$benchmark.name", ({ benchmark, inputs }) => {
  it.each(benchmark.torch)(
    "is the model that PyTorch trains: %s",
    (variant) => {
      const shakenModel = shaken(benchmark);
      const parameters = Object.fromEntries(
        shakenModel.leaves.map(([name, variable]) => [name, variable.arraySync()]),
      );
      const request = JSON.stringify({ parameters, inputs, targets: batch.targets.arraySync() });
      const script = path.join(__dirname, "..", "torch", "loss.py");
      const answer = execFileSync(PYTHON!, [script, benchmark.name, variant], {
        input: request,
        encoding: "utf8",
      });
      const theirs = JSON.parse(answer) as Outcome;
      const ours = ourOutcome(shakenModel);
      expect(theirs.loss / ours.loss).toBeCloseTo(1, 5);
      for (const [name, norm] of Object.entries(ours.gradientNorms)) {
        expect(theirs.gradientNorms[name] / norm, name).toBeCloseTo(1, 3);
      }
    },
    MOST_MILLISECONDS,
  );
});
