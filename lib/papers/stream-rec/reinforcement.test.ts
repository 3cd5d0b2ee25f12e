import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reasoningTree } from "../../recsys/generative/reasoningTree";
import { identifierVocabulary, tokenMap } from "../../recsys/generative/tokenMap";
import { splitTargets, trainingPrefixes } from "../../recsys/split";
import { disposeTree, tf } from "../../tensor";
import { flattenTree } from "../../tensor/tree";
import { type ReinforcementOptions, reinforce } from "./reinforcement";
import { thinkingModel, thinkingT5 } from "./thinkingTesting";
import { streamTokens } from "./tokens";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const world = reasoningTree({
  ...{ users: 20, categories: 3, subcategories: 2, leaves: 2, minEvents: 6, maxEvents: 8 },
});
const { data: dataset } = world;
const tokens = streamTokens(tokenMap(world.codes, identifierVocabulary(world.codes, "shared")));
const direct = thinkingT5(tokens, {}, 7);
const cases = trainingPrefixes(dataset);

const fresh = () => thinkingModel(tokens, { dropout: 0.2 }, 2);
const options = (changes: Partial<ReinforcementOptions> = {}): ReinforcementOptions => ({
  ...{ steps: 2, updates: 3, prompts: 4, samples: 4, learningRate: 3e-3, negatives: 5, windowLength: 4 },
  ...{ cases, seed: 1 },
  ...changes,
});
const train = (model: ReturnType<typeof fresh>, changes: Partial<ReinforcementOptions> = {}) =>
  reinforce({ model, direct, dataset, tokens }, options(changes));
const weightsOf = ({ t5 }: ReturnType<typeof fresh>) =>
  flattenTree(t5.weights).flatMap(([, leaf]) => [...(leaf as tf.Tensor).dataSync()]);

describe("stage 3", () => {
  test("is paid better and better, and leaves the reference, which stays", async () => {
    const { history } = await train(thinkingModel(tokens), {
      ...{ updates: 25, prompts: 16, samples: 8, learningRate: 5e-3 },
    });
    const mean = (from: number, to: number) =>
      history.slice(from, to).reduce((sum, { reward }) => sum + reward, 0) / (to - from);
    expect(mean(20, 25)).toBeGreaterThan(mean(0, 2) + 0.2);
    expect(history[24].kl).toBeGreaterThan(0.05);
    expect(history.map(({ update }) => update)).toEqual(Array.from({ length: 25 }, (_, k) => k + 1));
  }, 60_000);

  test("repeats bit for bit by its seed; the first record is that of the weights as they were", async () => {
    const [one, two, other] = [fresh(), fresh(), fresh()];
    const first = await train(one);
    expect(await train(two)).toEqual(first);
    expect(weightsOf(two)).toEqual(weightsOf(one));
    expect((await train(other, { seed: 2 })).history).not.toEqual(first.history);
    expect(first).toMatchObject({ bestUpdate: 3, complete: true, validations: [] });
    const [{ kl, oldKl, clipShare, groups, parseErrors, format }, , last] = first.history;
    expect(kl).toBeCloseTo(0, 8); // the ratio is 1, and policy and reference are one
    expect([clipShare, groups, format]).toEqual([0, 4, -parseErrors]);
    expect(oldKl).toBeCloseTo(0, 8);
    expect(last.kl).toBeGreaterThan(1e-6);
  });

  test("with two steps a batch the second is off the policy that sampled", async () => {
    const { history } = await train(fresh(), { updatesPerBatch: 2, learningRate: 0.02, clip: 0.01 });
    expect(history[0].kl).toBeCloseTo(0, 8);
    expect(history[0].oldKl).toBeGreaterThan(1e-5);
    expect(history[0].clipShare).toBeGreaterThan(0);
  });

  test("keeps the weights that validate best, and those of the update before a signal", async () => {
    const [model, stopped] = [fresh(), fresh()];
    const values = [0.1, 0.4, 0.2];
    let calls = 0;
    const found = await train(model, { updates: 5, validate: () => values[calls++], validateEvery: 2 });
    expect(found.validations).toEqual([2, 4, 5].map((update, k) => ({ update, value: values[k] })));
    expect(found.bestUpdate).toBe(4);
    const controller = new AbortController();
    const { history, complete } = await train(stopped, {
      ...{ updates: 5, signal: controller.signal },
      onUpdate: ({ update }) => update === 4 && controller.abort(),
    });
    expect([history.length, complete]).toEqual([4, false]);
    expect(weightsOf(model)).toEqual(weightsOf(stopped));
  });
});

describe("groups of equal rewards", () => {
  // With the format alone a fresh model's outputs are nearly all worth the same.
  const rewardWeights = { format: 1, match: 0, similarity: 0, likelihood: 0, rank: 0 };

  test("teach nothing: the weights stay", async () => {
    const model = fresh();
    const before = weightsOf(model);
    // Without the divergence from the reference, which is 0 only up to rounding, there is nothing at all.
    const { history } = await train(model, { updates: 1, samples: 2, rewardWeights, klWeight: 0 });
    expect(history[0]).toMatchObject({ deviation: 0, equalShare: 1, groups: 4 });
    expect(history[0].loss).toBeCloseTo(0, 12);
    expect(weightsOf(model)).toEqual(before);
  });

  test("are replaced by others where that is asked for", async () => {
    const { history } = await train(fresh(), {
      ...{ updates: 2, prompts: 8, samples: 4, rewardWeights: { ...rewardWeights, match: 1 } },
      dynamicSampling: 4,
    });
    for (const { groups, equalShare } of history) {
      expect(groups).toBeGreaterThan(8);
      expect(groups % 8).toBe(0);
      expect(groups).toBeLessThanOrEqual(32);
      expect(equalShare).toBeGreaterThan(0);
      expect(equalShare).toBeLessThan(1);
    }
  });

  test("without any other the weights stay, bit for bit", async () => {
    const model = fresh();
    const before = weightsOf(model);
    const { history } = await train(model, { updates: 1, samples: 2, rewardWeights, dynamicSampling: 2 });
    expect(history[0]).toMatchObject({ loss: 0, equalShare: 1, groups: 8 });
    expect(weightsOf(model)).toEqual(before);
  });
});

test("held-out cases, wrong options and a step that is too long are refused, and nothing is left behind", async () => {
  const model = fresh();
  const before = tf.memory().numTensors;
  const heldOut = splitTargets(dataset, "test").subarray(0, 4);
  await expect(train(model, { cases: heldOut })).rejects.toThrow(`Event ${heldOut[0]} is held out`);
  await expect(train(model, { prompts: 0 })).rejects.toThrow(
    "prompts must be a positive whole number; got 0",
  );
  await expect(train(model, { learningRate: 1e30, updates: 5 })).rejects.toThrow(/not finite|is NaN/);
  expect(tf.memory().numTensors).toBe(before);
  const other = fresh();
  const own = tf.memory().numTensors;
  await train(other, { validate: () => 1, dynamicSampling: true });
  expect(tf.memory().numTensors).toBe(own);
  for (const each of [model, other]) {
    disposeTree(each.t5.weights);
    disposeTree(each.networks);
  }
});
