import { parseAnswer, type StreamTokens } from "./tokens";

/**
 * The five rewards of stage 3, each a function of what it judges and of nothing else. Their names are the paper's; the formulas and weights are ours, for those
 * of the paper are not known.
 * @see STREAM-Rec, arXiv:2504.09627, stage 3
 */
export const REWARDS = ["format", "match", "similarity", "likelihood", "rank"] as const;

export type RewardName = (typeof REWARDS)[number];

/** What an output is worth. */
export type Rewards = Readonly<Record<RewardName, number>>;

/** Of the sum. A reward of weight 0 is not computed, where computing it takes a model. */
export type RewardWeights = Rewards;

/** @throws RangeError where a weight is negative or no number, or all are 0: nothing would be learnt */
export function rewardWeights(given: Partial<RewardWeights> = {}): RewardWeights {
  const weights: RewardWeights = { format: 1, match: 1, similarity: 1, likelihood: 1, rank: 1, ...given };
  for (const name of REWARDS)
    if (!(weights[name] >= 0 && Number.isFinite(weights[name])))
      throw new RangeError(`The weight of the reward ${name} must be a number >= 0; got ${weights[name]}.`);
  if (REWARDS.every((name) => weights[name] === 0))
    throw new RangeError("All rewards have the weight 0: there is nothing to learn from.");
  return weights;
}

/** r = Σ w R */
export function totalReward(rewards: Rewards, weights: RewardWeights): number {
  return REWARDS.reduce((sum, name) => sum + weights[name] * rewards[name], 0);
}

/** R_fmt: 0 where the answer is an item's m tokens, -1 where it names none. @param answer [m] */
export function formatReward(tokens: StreamTokens, answer: ArrayLike<number>): number {
  return "item" in parseAnswer(tokens, answer) ? 0 : -1;
}

/** R_match: how many tokens of the answer are right before the first that is wrong, over m. @param answer [m] @param target [m] */
export function matchReward(answer: ArrayLike<number>, target: ArrayLike<number>): number {
  const m = target.length;
  let prefix = 0;
  while (prefix < m && answer[prefix] === target[prefix]) prefix++;
  return prefix / m;
}

/** R_sim = cos(s_l, t) of the state after the last thinking token and the target; 0 where one is the zero vector. */
export function similarityReward(state: ArrayLike<number>, target: ArrayLike<number>): number {
  let [product, ofState, ofTarget] = [0, 0, 0];
  for (let k = 0; k < target.length; k++) {
    product += state[k] * target[k];
    ofState += state[k] ** 2;
    ofTarget += target[k] ** 2;
  }
  return product === 0 ? 0 : product / Math.sqrt(ofState * ofTarget);
}

/**
 * R_lik: by how much the trace has made the target likelier than it is to the direct model, a token, cut to [-1, 1].
 * @param thinking  log P(y | x, trace), the sum over the m tokens, in nats
 * @param direct    log P(y | x) of the direct model
 */
export function likelihoodReward(thinking: number, direct: number, m: number): number {
  return Math.max(-1, Math.min(1, (thinking - direct) / m));
}

/**
 * R_rank = 1 / log2(1 + rank), rank 1 the best: the target's place among negatives by likelihood after the trace. Of equals the target is the first.
 * @param target     log P(y | x, trace), in nats
 * @param negatives  of each negative
 */
export function rankReward(target: number, negatives: ArrayLike<number>): number {
  let rank = 1;
  for (let k = 0; k < negatives.length; k++) if (negatives[k] > target) rank++;
  return 1 / Math.log2(1 + rank);
}
