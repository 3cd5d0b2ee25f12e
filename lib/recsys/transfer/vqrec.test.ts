import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam } from "../../optim";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { batchTensors, prefixBatch } from "../batches";
import { testSequentialModel } from "../models/contract";
import type { TrainingBatch } from "../models/sequentialModel";
import { checkParameterGradients } from "../models/testing";
import { trainingPrefixes } from "../split";
import type { ContentDomain } from "./domains";
import { mixDomains } from "./domains";
import { cycleDomain } from "./transferTesting";
import { fineTune, pretrainOnMixture } from "./transferTraining";
import { VQREC_DEFAULTS, vqRec } from "./vqrec";
import { digitVectors, fakeDigits, itemDigits } from "./vqrecCodes";
import { remappedCodes } from "./vqrecRemapping";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const small = {
  subVectors: 4,
  codes: 5,
  rotations: 2,
  windowLength: 8,
  dimensions: 8,
  inner: 16,
  dropout: 0,
  initialDeviation: 0.3,
  temperature: 0.5,
};
const SEED = 3;

const domainOf = (seed: number, items = 12) => cycleDomain({ seed, items, users: 12, events: 7 });

function batchOf({ data }: ContentDomain, rows: number, length = 6): TrainingBatch {
  const cases = trainingPrefixes(data).slice(0, rows);
  return { ...batchTensors(prefixBatch(data, cases, length)), weights: tf.ones([rows]) };
}

const values = (tree: object) => flattenTree(tree).map(([, leaf]) => [...(leaf as tf.Variable).dataSync()]);

describe("pre-training", () => {
  const mixture = mixDomains([domainOf(1), domainOf(2, 14)]);

  test("the loss, from its definition", () => {
    const model = vqRec(small, Rng.key(1));
    const batch = batchOf(mixture, 14);
    const weights = tf.tensor1d([...new Array(13).fill(1), 0]);
    const targets = batch.targets.dataSync();
    expect(new Set(targets).size).toBeLessThan(14); // some share a target
    const loss = model.pretraining(mixture, SEED).loss({ ...batch, weights }, Rng.key(9));

    const digits = itemDigits(mixture, { ...small, seed: SEED });
    const own = gather(digits, batch.targets as tf.Tensor1D) as tf.Tensor2D;
    const fake = fakeDigits(own, { codes: 5, ratio: 0.75 }, Rng.foldIn(Rng.key(9), 0));
    const tuning = model.fineTuning(mixture, SEED);
    const states = tuning.stages[tuning.stages.length - 1].model.encode(batch).arraySync();
    const [items, fakes] = [own, fake].map((rows) => digitVectors(model.weights.codes, rows).arraySync());
    const cosine = (x: number[], y: number[]) => {
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k], 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    let expected = 0;
    for (let b = 0; b < 13; b++) {
      const logit = (vector: number[]) => cosine(states[b], vector) / 0.5;
      let sum = Math.exp(logit(fakes[b]));
      for (let other = 0; other < 13; other++) {
        const sameItem = other !== b && targets[other] === targets[b];
        sum += Math.exp(sameItem ? 0 : logit(items[other]));
      }
      expected -= Math.log(Math.exp(logit(items[b])) / sum) / 13;
    }
    assertClose(loss, expected, { relative: 1e-5 });
  });

  test("gradients against central differences", () => {
    const model = vqRec(small, Rng.key(1));
    const batch = batchOf(mixture, 5);
    const { parameters, loss } = model.pretraining(mixture, SEED);
    expect(parameters).toBe(model.weights);
    checkParameterGradients(parameters as object, () => loss(batch, Rng.key(4)));
  });

  test("brings the loss down, and leaves nothing behind", async () => {
    const model = vqRec({ ...small, initialDeviation: 0.05 }, Rng.key(1));
    const options = { windowLength: 6, batchSize: 24, learningRate: 0.01, seed: 1 };
    await pretrainOnMixture(model, mixture, { ...options, epochs: 1 });
    const before = tf.memory().numTensors;
    const losses = await pretrainOnMixture(model, mixture, { ...options, epochs: 8 });
    expect(tf.memory().numTensors).toBe(before);
    expect(losses[losses.length - 1]).toBeLessThan(0.8 * losses[0]);
  }, 60_000);
});

describe("fine-tuning", () => {
  const target = domainOf(5);
  const settings = { windowLength: 6, batchSize: 16, learningRate: 0.01, seed: SEED, epochs: 2 };

  test("first the re-mapping alone is learnt, then the codes and the input norm", async () => {
    const model = vqRec({ ...small, dropout: 0.2, remappingEpochs: 2 }, Rng.key(1));
    const { codes, inputNorm, positions, blocks } = model.weights;
    const encoder = { positions, blocks };
    const [oldCodes, oldNorm, oldEncoder] = [codes.arraySync(), values(inputNorm), values(encoder)];

    const tuning = model.fineTuning(target, SEED);
    const [first, second] = tuning.stages;
    expect(tuning.stages.length).toBe(2);
    expect(first.epochs).toBe(2);
    const [[, mapping]] = flattenTree(first.model.parameters as object) as unknown as [string, tf.Variable][];
    const before = mapping.arraySync();
    const optimizer = adam(first.model.parameters, { learningRate: 0.1 });
    optimizer.step(() => first.model.loss(batchOf(target, 8), Rng.key(1)));
    expect(mapping.arraySync()).not.toEqual(before);
    expect(codes.arraySync()).toEqual(oldCodes);
    const scores = first.model.score(batchOf(target, 8));
    second.start?.();
    const { remapping } = VQREC_DEFAULTS;
    assertClose(codes, remappedCodes(tf.tensor3d(oldCodes), mapping as tf.Variable<tf.Rank.R3>, remapping));
    assertClose(second.model.score(batchOf(target, 8)).slice([0, 1]), scores.slice([0, 1]), {
      absolute: 1e-4,
    });
    tuning.dispose();

    const tuned = await fineTune(model, target, settings);
    expect(tuned.stages.map(({ history }) => history.length)).toEqual([2, 2]);
    expect(values(encoder)).toEqual(oldEncoder);
    expect(codes.arraySync()).not.toEqual(oldCodes);
    expect(values(inputNorm)).not.toEqual(oldNorm);
    tuned.dispose();
  }, 60_000);

  test("without a frozen encoder, all is moved; without a re-mapping there is one stage", async () => {
    const model = vqRec({ ...small, tuned: "all", remappingEpochs: 0 }, Rng.key(1));
    const before = values(model.weights);
    const tuned = await fineTune(model, target, settings);
    expect(tuned.stages.length).toBe(1);
    values(model.weights).forEach((after, index) => {
      expect(after).not.toEqual(before[index]);
    });
    tuned.dispose();
  }, 60_000);
});

testSequentialModel("VQ-Rec, fine-tuned,", {
  make: ({ items, windowLength, dropout }) =>
    vqRec(
      { ...small, codes: items < 10 ? 4 : 12, windowLength, dropout, tuned: "all", remappingEpochs: 0 },
      Rng.key(5),
    ).fineTuning(cycleDomain({ seed: 3, items, users: 40, events: 6 }), SEED).stages[0].model,
  batches: ["prefix"],
});

test("refuses an encoder without blocks", () => {
  expect(() => vqRec({ ...small, blocks: 0 }, Rng.key(1))).toThrow("needs at least one block, got 0");
});
