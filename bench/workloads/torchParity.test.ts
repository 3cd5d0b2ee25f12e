import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { t5Loss } from "../../lib/recsys/generative/t5";
import { itemLogits, nextItemLoss } from "../../lib/recsys/models/sequentialModel";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { flattenTree } from "../../lib/tensor/tree";
import { mamba4rec } from "./mamba4rec";
import { randomBatch } from "./sequential";
import { createModel, randomTokens, t5 } from "./t5";
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

type Leaves = readonly (readonly [string, tf.Variable])[];

/** Moves parameters away from where training starts, so that every one has a say in the loss. */
function shake(parameters: object, deviation: number): Leaves {
  const key = Rng.key(5);
  const leaves = flattenTree(parameters) as [string, tf.Variable][];
  leaves.forEach(([, variable], index) => {
    tf.tidy(() =>
      variable.assign(variable.add(Rng.normal(Rng.foldIn(key, index), variable.shape).mul(deviation))),
    );
  });
  return leaves;
}

function ourOutcome(leaves: Leaves, loss: () => tf.Scalar): Outcome {
  const { value, grads } = tf.variableGrads(loss);
  return {
    loss: value.dataSync()[0],
    gradientNorms: Object.fromEntries(
      leaves.map(([name, variable]) => [name, tf.norm(grads[variable.name]).dataSync()[0]]),
    ),
  };
}

function expectSame(
  leaves: Leaves,
  loss: () => tf.Scalar,
  { name, variant, ...given }: { name: string; variant: string; inputs: unknown[]; targets: unknown },
): void {
  const parameters = Object.fromEntries(leaves.map(([path, variable]) => [path, variable.arraySync()]));
  const script = path.join(__dirname, "..", "torch", "loss.py");
  const answer = execFileSync(PYTHON!, [script, name, variant], {
    input: JSON.stringify({ parameters, ...given }),
    encoding: "utf8",
  });
  const theirs = JSON.parse(answer) as Outcome;
  const ours = ourOutcome(leaves, loss);
  expect(theirs.loss / ours.loss).toBeCloseTo(1, 5);
  for (const [path, norm] of Object.entries(ours.gradientNorms)) {
    expect(theirs.gradientNorms[path] / norm, path).toBeCloseTo(1, 3);
  }
}

describe.runIf(PYTHON !== undefined).each([
  { benchmark: mamba4rec, inputs: [ids] },
  { benchmark: tim4rec, inputs: [ids, gaps] },
  { benchmark: ttt4rec, inputs: [ids] },
])("$benchmark.name", ({ benchmark, inputs }) => {
  it.each(benchmark.torch)(
    "is the model that PyTorch trains: %s",
    (variant) => {
      const model = benchmark.create(Rng.key(5));
      const leaves = shake(model.parameters as object, 0.2);
      const table = leaves.find(([name]) => name === "items.table")![1];
      const loss = () =>
        nextItemLoss(itemLogits(model.encode(batch), table), batch.targets as tf.Tensor1D, batch.weights);
      expectSame(leaves, loss, {
        name: benchmark.name,
        variant,
        inputs,
        targets: batch.targets.arraySync(),
      });
    },
    MOST_MILLISECONDS,
  );
});

describe.runIf(PYTHON !== undefined)("t5", () => {
  it.each(t5.torch)(
    "is the model that PyTorch trains: %s",
    (variant) => {
      const model = createModel(Rng.key(5));
      const tokens = randomTokens(ROWS);
      // With more, the scores, which T5 does not scale, get so large that rounding shows in the loss.
      expectSame(shake(model.weights, 0.05), () => t5Loss(model, tokens), {
        name: t5.name,
        variant,
        inputs: [tokens.inputs.arraySync()],
        targets: tokens.labels.arraySync(),
      });
    },
    MOST_MILLISECONDS,
  );
});
