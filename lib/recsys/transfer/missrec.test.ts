import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ParameterTree } from "../../optim";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, weightedSum } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { batchTensors, prefixBatch } from "../batches";
import { testSequentialModel } from "../models/contract";
import type { TrainingBatch } from "../models/sequentialModel";
import { checkParameterGradients } from "../models/testing";
import { trainingPrefixes } from "../split";
import { type ContentDomain, mixDomains } from "./domains";
import { type MissRecOptions, missRec } from "./missrec";
import { fusedCosines } from "./missrecFusion";
import { candidates, encode, factorOf, missRecPhase, withText } from "./missrecPhase";
import { cycleDomain, TYPES } from "./transferTesting";
import { fineTune, pretrainOnMixture } from "./transferTraining";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SMALL = {
  ...{ contentWidth: TYPES + 2, imageWidth: TYPES + 1, windowLength: 8, dimensions: 8, inner: 16 },
  ...{ heads: 2, dropout: 0, initialDeviation: 0.3, temperature: 0.5, pretrainingInterestRatio: 0.3 },
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
    const model = missRec({ ...SMALL, viewWeight: 0, penaltyWeight: 0.1 }, Rng.key(1));
    model.weights.fusion.assign(tf.scalar(0.7));
    const batch = { ...batchOf(mixture, 14), weights: tf.tensor1d([...new Array(13).fill(1), 0]) };
    const targets = batch.targets.dataSync();
    expect(new Set(targets).size).toBeLessThan(14); // some share a target
    const loss = model.pretraining(mixture, SEED).loss(batch, Rng.key(9));

    const complete = { ...SMALL, blocks: 1, epsilon: 1e-12, fusion: "shared" as const };
    const phase = missRecPhase(model.weights, complete, mixture, 0.3, SEED);
    const { states, penalty } = encode(phase, withText(phase, batch));
    const items = batch.targets as tf.Tensor1D;
    const cosines = fusedCosines(states, candidates(phase, items), factorOf(phase, items)).arraySync();
    let expected = 0;
    for (let b = 0; b < 13; b++) {
      let sum = 0;
      for (let other = 0; other < 13; other++)
        if (other === b || targets[other] !== targets[b]) sum += Math.exp(cosines[b][other] / 0.5);
      expected += (Math.log(sum) - cosines[b][b] / 0.5 + 0.1 * penalty.dataSync()[b]) / 13;
    }
    assertClose(loss, expected, { relative: 1e-5 });
  });

  test("views add λ of their contrast, and their penalty", () => {
    const loss = (options: Partial<MissRecOptions>, seed = 2) =>
      missRec({ ...SMALL, ...options }, Rng.key(1))
        .pretraining(mixture, SEED)
        .loss(batchOf(mixture, 8), Rng.key(seed))
        .dataSync()[0];
    const none = loss({ viewWeight: 0, penaltyWeight: 0 });
    const [one, two] = [1, 2].map((viewWeight) => loss({ viewWeight, penaltyWeight: 0 }));
    expect(one - none).toBeGreaterThan(0.1);
    expect(two - one).toBeCloseTo(one - none, 4);
    expect(loss({ viewWeight: 1 }, 3)).not.toBe(loss({ viewWeight: 1 }, 2)); // other items left out
    // histories that nothing is left out of are their own views: the penalty counts twice
    const still = { viewWeight: 1e-9, dropRatio: 0 };
    const penalty = loss({ viewWeight: 0, penaltyWeight: 1 }) - none;
    expect(loss({ ...still, penaltyWeight: 1 }) - none).toBeCloseTo(2 * penalty, 3);
  });

  test("gradients against central differences", () => {
    const model = missRec({ ...SMALL, viewWeight: 0.3 }, Rng.key(1));
    const { parameters, loss } = model.pretraining(mixture, SEED);
    const { adaptors, ...rest } = parameters as unknown as Record<string, object>;
    const batch = batchOf(mixture, 5);
    checkParameterGradients(rest, () => loss(batch, Rng.key(4)));
    expect(flattenTree(adaptors).length).toBe(4);
  });

  test("gradients of the factors of items", () => {
    const model = missRec({ ...SMALL, fusion: "item", viewWeight: 0 }, Rng.key(1));
    const { parameters, loss } = model.pretraining(mixture, SEED);
    const { factors } = parameters as unknown as Record<string, object>;
    const batch = batchOf(mixture, 5);
    checkParameterGradients({ factors }, () => loss(batch, Rng.key(4)));
  });

  test("gradients of the adaptors, the interests held still", () => {
    const { weights } = missRec(SMALL, Rng.key(1));
    const complete = { ...SMALL, blocks: 1, epsilon: 1e-12, fusion: "static" as const };
    const phase = missRecPhase(weights, complete, mixture, 0.3, SEED);
    const held = phase.centres();
    const batch = batchOf(mixture, 5);
    const items = batch.targets as tf.Tensor1D;
    const cosines = (of: typeof phase) =>
      weightedSum(
        fusedCosines(encode(of, withText(of, batch)).states, candidates(of, items), 0),
      ) as tf.Scalar;
    checkParameterGradients(weights.adaptors, () => cosines(phase), {
      differenced: () => cosines({ ...phase, centres: () => held }),
    });
  });

  test("brings the loss down, and leaves nothing behind", async () => {
    const model = missRec({ ...SMALL, dropout: 0.1, initialDeviation: 0.1 }, Rng.key(1));
    const options = { windowLength: 6, batchSize: 24, learningRate: 0.01, seed: 1 };
    await pretrainOnMixture(model, mixture, { ...options, epochs: 1 });
    const before = tf.memory().numTensors;
    const losses = await pretrainOnMixture(model, mixture, { ...options, epochs: 5 });
    expect(tf.memory().numTensors).toBe(before);
    expect(losses[losses.length - 1]).toBeLessThan(0.8 * losses[0]);
  }, 60_000);
});

describe("fine-tuning", () => {
  const target = domainOf(5);
  const settings = { windowLength: 6, batchSize: 16, learningRate: 0.01, seed: SEED, epochs: 2 };
  const roots = (options: Partial<MissRecOptions>) => {
    const [{ model }] = missRec({ ...SMALL, ...options }, Rng.key(1)).fineTuning(target, SEED).stages;
    return [...new Set(flattenTree(model.parameters as object).map(([path]) => path.split(".")[0]))].sort();
  };

  test("moves what it is told to", async () => {
    expect(roots({})).toEqual(["adaptors", "fusion", "ids", "inputNorm"]);
    expect(roots({ setting: "inductive", fusion: "item" })).toEqual([
      "adaptors",
      "factors",
      "fusion",
      "inputNorm",
    ]);
    expect(roots({ tuned: "all" }).length).toBe(9);
    const model = missRec({ ...SMALL, dropout: 0.2 }, Rng.key(1));
    const { adaptors, fusion, inputNorm, ...encoder } = model.weights;
    const [still, moving] = [values(encoder), values({ adaptors, fusion, inputNorm })];
    const tuned = await fineTune(model, target, settings);
    expect(values(encoder)).toEqual(still);
    values({ adaptors, fusion, inputNorm }).forEach((after, index) => {
      expect(after).not.toEqual(moving[index]);
    });
    tuned.dispose();
  }, 60_000);

  test("nothing stays when it is disposed of", () => {
    const model = missRec({ ...SMALL, fusion: "item" }, Rng.key(1));
    model.fineTuning(target, SEED).dispose();
    const before = tf.memory().numTensors;
    const tuning = model.fineTuning(target, SEED);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    tuning.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("a domain without pictures, and vectors of other widths, are refused", () => {
  const { image, hasImage, ...blind } = domainOf(1);
  expect(() => missRec(SMALL, Rng.key(1)).fineTuning(blind, SEED)).toThrow("reads pictures");
  expect(() => missRec({ ...SMALL, imageWidth: 3 }, Rng.key(1)).fineTuning(domainOf(1), SEED)).toThrow(
    "8 and 7 wide, and the model was built for 8 and 3",
  );
  expect(() => missRec({ ...SMALL, blocks: 0 }, Rng.key(1))).toThrow("needs at least one block, got 0");
});

testSequentialModel("MISSRec, fine-tuned,", {
  make({ items, windowLength, dropout }) {
    const domain = cycleDomain({ seed: 3, items, users: 40, events: 6 });
    const tuning = missRec({ ...SMALL, windowLength, dropout, tuned: "all" }, Rng.key(5)).fineTuning(
      domain,
      SEED,
    );
    const { model } = tuning.stages[0];
    // What the adaptors do to the interests is not in their gradient: see above.
    const { adaptors, ...parameters } = model.parameters as Record<string, ParameterTree>;
    return { ...model, parameters };
  },
  batches: ["prefix"],
});
