import { expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree, flattenTree, variables } from "../../tensor/tree";
import { evaluate } from "../evaluate";
import { mixDomains } from "./domains";
import type { TransferModel } from "./transferModel";
import { cycleDomain, TYPES } from "./transferTesting";
import { copyWeights, type FineTuningOptions, fineTune, pretrainOnMixture } from "./transferTraining";
import { type UniSRecOptions, uniSRec } from "./unisrec";

const WINDOW = 6;
const sources = mixDomains([1, 2].map((seed) => cycleDomain({ seed, items: 30, users: 60, events: 8 })));
const target = cycleDomain({ seed: 3, items: 30, users: 16, events: 5 });

function model(seed: number, options: Partial<UniSRecOptions> = {}) {
  const key = Rng.key(seed);
  const made = uniSRec(
    {
      contentWidth: TYPES + 2,
      windowLength: WINDOW,
      dimensions: 16,
      blocks: 1,
      inner: 32,
      experts: 2,
      dropout: 0.1,
      expertDropout: 0.1,
      initialDeviation: 0.1,
      setting: "inductive",
      ...options,
    },
    key,
  );
  key.dispose();
  return made;
}

const PRETRAINING = { windowLength: WINDOW, batchSize: 64, learningRate: 0.005, epochs: 25, seed: 1 };
const FINE_TUNING: FineTuningOptions = {
  windowLength: WINDOW,
  batchSize: 32,
  learningRate: 0.005,
  epochs: 12,
  patience: 4,
  seed: 1,
};

const values = ({ weights }: Pick<TransferModel, "weights">) =>
  flattenTree<object>(weights as object).map(([, leaf]) => [...(leaf as tf.Tensor).dataSync()].join());

async function testRecall(of: TransferModel): Promise<number> {
  const tuned = await fineTune(of, target, FINE_TUNING);
  // Five items are of the next type: of 30, the best that one can do is to have these in front.
  const { metrics } = evaluate(tuned.model.score, target.data, "test", {
    windowLength: WINDOW,
    K: 5,
    xla: false,
  });
  tuned.dispose();
  return metrics.recall;
}

test("what is learnt in two domains helps in a third, and a copy of the weights brings it back", async () => {
  const pretrained = model(1);
  const losses = await pretrainOnMixture(pretrained, sources, PRETRAINING);
  expect(losses.length).toBe(25);
  // Of 64 rows about ten go on with each row's type, one of which is its own: no better than ln 10 or so, from ln 64 on.
  expect(losses[0]).toBeGreaterThan(3.2);
  expect(losses[24]).toBeLessThan(losses[0] - 0.8);
  const copy = copyWeights(pretrained);
  const start = values(pretrained);
  const transferred = await testRecall(pretrained);
  const scratch = model(1, { tuned: "all" });
  const alone = await testRecall(scratch);
  expect(transferred).toBeGreaterThan(0.6);
  expect(transferred).toBeGreaterThan(alone + 0.2);
  expect(values(pretrained)).not.toEqual(start);
  copy.restore();
  expect(values(pretrained)).toEqual(start);
  copy.dispose();
  for (const made of [pretrained, scratch]) disposeTree(made.weights);
}, 60_000);

test("pre-training repeats bit for bit, leaves no tensors behind, and never sees validation and test items", async () => {
  const few = { ...PRETRAINING, epochs: 2 };
  const run = async (of: typeof sources) => {
    const made = model(2);
    const before = tf.memory().numTensors;
    const losses = await pretrainOnMixture(made, of, few);
    expect(tf.memory().numTensors).toBe(before);
    const found = values(made);
    disposeTree(made.weights);
    return { losses, found };
  };
  const once = await run(sources);
  expect(await run(sources)).toEqual(once);
  // Other items at the last two events of every user change nothing.
  const { data } = sources;
  const itemIds = data.itemIds.slice();
  for (let user = 0; user < data.users; user++) {
    for (const back of [1, 2]) itemIds[data.offsets[user + 1] - back] = 1;
  }
  expect(await run({ ...sources, data: { ...data, itemIds } })).toEqual(once);
  // Nor do the training events of one user go unseen.
  itemIds[data.offsets[0] + 1] = itemIds[data.offsets[0] + 1] === 1 ? 2 : 1;
  expect((await run({ ...sources, data: { ...data, itemIds } })).losses).not.toEqual(once.losses);
});

test("fine-tuning goes through its stages, and frees what it made", async () => {
  const made = model(4);
  const calls: string[] = [];
  const staged: TransferModel = {
    ...made,
    fineTuning(domain, seed) {
      const [{ model: first }, { model: second }] = [0, 1].map(
        (k) => made.fineTuning(domain, seed + k).stages[0],
      );
      calls.push(`made with ${seed}`);
      return {
        stages: [
          { model: first, epochs: 4, start: () => calls.push("first") },
          { model: second, start: () => calls.push("second") },
        ],
        dispose: () => calls.push("freed"),
      };
    },
  };
  // At such a rate nothing gets better: a stage of its own number of epochs goes through with them, another ends for want of patience.
  const tuned = await fineTune(staged, target, { ...FINE_TUNING, learningRate: 1e-12, patience: 2 });
  expect(calls).toEqual(["made with 1", "first", "second"]);
  expect(tuned.stages.map(({ history }) => history.length)).toEqual([4, 3]);
  expect(tuned.stages.map(({ bestEpoch }) => bestEpoch)).toEqual([4, 1]);
  tuned.dispose();
  expect(calls).toEqual(["made with 1", "first", "second", "freed"]);
  disposeTree(made.weights);
});

test("a signal ends either phase after the running step", async () => {
  const made = model(5);
  const controller = new AbortController();
  const losses = await pretrainOnMixture(made, sources, {
    ...PRETRAINING,
    onEpoch: (epoch) => epoch === 2 && controller.abort(),
    signal: controller.signal,
  });
  expect(losses.length).toBe(2);
  const tuned = await fineTune(made, target, { ...FINE_TUNING, signal: controller.signal });
  expect(tuned.stages.map(({ stopped }) => stopped)).toEqual(["aborted"]);
  tuned.dispose();
  disposeTree(made.weights);
});

test("a fixed encoder keeps its weights through fine-tuning, and a loss that is not finite is an error", async () => {
  const made = model(6, { setting: "transductive" });
  const of = (part: keyof typeof made.weights) => values({ weights: made.weights[part] as never });
  const [blocks, positions, experts] = (["blocks", "positions", "experts"] as const).map(of);
  (await fineTune(made, target, { ...FINE_TUNING, epochs: 1 })).dispose();
  expect(of("blocks")).toEqual(blocks);
  expect(of("positions")).toEqual(positions);
  expect(of("experts")).not.toEqual(experts);
  const broken = variables(made.weights.experts)[0];
  tf.tidy(() => broken.assign(broken.mul(Number.NaN)));
  await expect(pretrainOnMixture(made, sources, { ...PRETRAINING, epochs: 1 })).rejects.toThrow(
    "UniSRec: the loss of pre-training epoch 1 is NaN",
  );
  disposeTree(made.weights);
});
