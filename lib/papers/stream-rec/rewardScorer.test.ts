import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encode } from "../../recsys/generative/t5";
import { identifier } from "../../recsys/generative/tokenMap";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { historyTokens, targetTokens } from "./historyBatches";
import { answerLogProbs, repeated } from "./likelihoods";
import { type RewardScorerOptions, rewardScorer } from "./rewardScorer";
import { likelihoodReward, rewardWeights } from "./rewards";
import { thinkingModel, thinkingT5, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const [B, G, l] = [2, 3, 2];
const T = l + tokens.digits;
const WINDOW = { windowLength: 3 };
const judge = thinkingModel(tokens);
const direct = thinkingT5(tokens, {}, 7);
const own = cases.subarray(0, B);
const histories = historyTokens(data, own, tokens, WINDOW);
const targets = targetTokens(data, own, tokens);
const target = (row: number) => [...targets.subarray(row * 3, row * 3 + 3)];
const TRACES = [
  [1, 5],
  [2, 9],
  [1, 5],
];

/** Of each case: the target, the target but for its end, and nonsense; the first and the last after the same trace. */
function round() {
  const outputs = Array.from({ length: B }, (_, row) => {
    const y = target(row);
    const answers = [y, [y[0], y[1], 0], [y[1], y[0], y[2]]];
    return TRACES.map((trace, g) => [...trace, ...answers[g]]);
  });
  return {
    cases: own,
    inputs: tf.tensor2d(histories, [B, histories.length / B], "int32"),
    outputs: tf.tensor3d(outputs, [B, G, T], "int32"),
  };
}

const options = (changes: Partial<RewardScorerOptions> = {}): RewardScorerOptions => ({
  ...{ ...WINDOW, steps: l, samples: G, prompts: B, weights: rewardWeights(), negatives: 23, seed: 1 },
  ...changes,
});

/** log P of an item after a start and a trace. */
function logProb(
  model: typeof direct,
  row: number,
  prefix: readonly number[],
  answer: readonly number[],
): number {
  const P = histories.length / B;
  const encoded = encode(model, tf.tensor2d(histories.subarray(row * P, (row + 1) * P), [1, P], "int32"));
  return answerLogProbs(model, encoded, repeated(prefix, 1), repeated(answer, 1)).dataSync()[0];
}

describe("the rewards of outputs", () => {
  test("are those of the formulas, among all other items as negatives", () => {
    const scorer = rewardScorer(judge, direct, data, tokens, options());
    const { rewards, referenceLogProbs } = scorer.judge(round(), 0);
    expect(rewards.map(({ match }) => match)).toEqual([1, 2 / 3, 0, 1, 2 / 3, 0]);
    expect(rewards.map(({ format }) => format)).toEqual([0, -1, -1, 0, -1, -1]);
    for (let row = 0; row < B; row++) {
      for (let g = 0; g < G; g++) {
        const prefix = [tokens.startThink, ...TRACES[g]];
        const ofItem = (item: number) => logProb(judge.t5, row, prefix, [...identifier(tokens.map, item)]);
        const thinking = logProb(judge.t5, row, prefix, target(row));
        const atOnce = logProb(direct, row, [tokens.startDirect], target(row));
        const better = Array.from({ length: data.items }, (_, k) => ofItem(k + 1)).filter(
          (score) => score > thinking + 1e-5,
        ).length;
        const found = rewards[row * G + g];
        expect(found.likelihood).toBeCloseTo(likelihoodReward(thinking, atOnce, 3), 5);
        expect(found.rank).toBeCloseTo(1 / Math.log2(2 + better), 10);
      }
      const { likelihood, similarity } = rewards[row * G];
      expect(similarity).not.toBe(rewards[row * G + 1].similarity);
      // The same trace, bit for bit.
      expect(rewards[row * G + 2]).toMatchObject({ likelihood, similarity });
    }
    const answer = referenceLogProbs.subarray(l, T).reduce((sum, value) => sum + value, 0);
    expect(answer).toBeCloseTo(logProb(judge.t5, 0, [tokens.startThink, ...TRACES[0]], target(0)), 4);
    scorer.dispose();
  });

  test("of weight 0 are not computed: nobody asks a direct model that has diverged", () => {
    const broken = thinkingT5(tokens, {}, 7);
    const { table } = broken.weights.embedding;
    table.assign(tf.fill(table.shape, Number.NaN));
    const weights = rewardWeights({ likelihood: 0, rank: 0 });
    const scorer = rewardScorer(judge, broken, data, tokens, options({ weights }));
    const { rewards } = scorer.judge(round(), 0);
    expect(rewards.map(({ match }) => match)).toEqual([1, 2 / 3, 0, 1, 2 / 3, 0]);
    for (const each of rewards) expect(each).toMatchObject({ likelihood: 0, rank: 0 });
    expect(rewards[0].similarity).not.toBe(0);
    scorer.dispose();
    const compared = rewardScorer(
      judge,
      direct,
      data,
      tokens,
      options({ weights: rewardWeights({ rank: 0 }) }),
    );
    const full = rewardScorer(judge, direct, data, tokens, options());
    const [without, all] = [compared, full].map((each) => each.judge(round(), 0).rewards);
    without.forEach((each, k) => {
      expect(each.likelihood).toBeCloseTo(all[k].likelihood, 5);
      expect(each.rank).toBe(0);
    });
    for (const each of [compared, full]) each.dispose();
  });

  test("repeat, with other negatives in another round", () => {
    const few = () => rewardScorer(judge, direct, data, tokens, options({ negatives: 4 }));
    const [one, two] = [few(), few()];
    const ranks = (scorer: typeof one, k: number) => scorer.judge(round(), k).rewards.map(({ rank }) => rank);
    const rounds = [0, 1, 2, 3, 4, 5].map((k) => ranks(one, k));
    expect([0, 1, 2, 3, 4, 5].map((k) => ranks(two, k))).toEqual(rounds);
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
    for (const each of [one, two]) each.dispose();
  });
});

test("held-out cases and a model that has diverged are refused, and nothing is left behind", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const scorer = rewardScorer(judge, direct, data, tokens, options());
    const heldOut = splitTargets(data, "validation").subarray(0, B);
    expect(() => scorer.judge({ ...round(), cases: heldOut }, 0)).toThrow(`Event ${heldOut[0]} is held out`);
    scorer.judge(round(), 0);
    scorer.dispose();
  });
  expect(tf.memory().numTensors).toBe(before);
  const broken = thinkingModel(tokens, {}, 3);
  const { table } = broken.t5.weights.embedding;
  table.assign(tf.fill(table.shape, Number.NaN));
  const scorer = rewardScorer(broken, direct, data, tokens, options());
  expect(() => scorer.judge(round(), 0)).toThrow(
    /event \d+ after a trace is NaN: has the model of stage 2 diverged/,
  );
  scorer.dispose();
});
