import { type KeyStream, keyStream } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { meanPairwiseDivergence, progressiveLoss, reasoningContrast } from "./rearecLosses";
import {
  type CompleteReaRecOptions,
  type ReaRecOptions,
  type ReaRecParameters,
  reaRecParameters,
  reasoningStates,
} from "./rearecReasoning";
import { SASREC_DEFAULTS } from "./sasrec";
import {
  itemLogits,
  nextItemLoss,
  type SequentialModel,
  weightedMean,
  withoutPadding,
} from "./sequentialModel";

/*
 * ReaRec: J. Tang et al., Think Before Recommend: Unleashing the Latent Reasoning Power for Sequential Recommendation, 2025,
 * arXiv:2503.22675. A SASRec that goes on for T more steps after the last item, each fed with the state of the one before.
 *
 * Reference code: TangJiakai/ReaRec, src/models/{ERL,PRL}.py. Two ways to train it: ensemble reasoning learning (ERL) takes the mean of
 * all states and keeps their distributions apart; progressive reasoning learning (PRL) takes the last state and sharpens step by step.
 *
 * Deviations from the reference code:
 * - The encoder is this library's SASRec, whose sizes are RecBole's (width 64, not 256, feed-forward 256, not 300) and whose histories
 *   are padded on the right: a reasoning token follows the last real item, whatever stands between.
 * - PRL's terms are sums over steps, as in the paper; the code takes means, which are weights 1/T here.
 * - PRL's noise is there from the first step of training, in the code from the third epoch: a model of this library does not know the epoch.
 * - Rows that only fill up the last batch are nobody's negatives.
 */

export interface ReaRecErlOptions extends ReaRecOptions {
  /** λ, of the divergence between the steps' distributions. */
  readonly divergenceWeight?: number;
}

export interface ReaRecPrlOptions extends ReaRecOptions {
  /** a: the temperature of step k is τ a^{T-k}. */
  readonly temperatureBase?: number;
  /** Standard deviation of what is added to the states of the noised pass. */
  readonly noise?: number;
  /** Of the cross-entropy of the earlier steps. */
  readonly progressiveWeight?: number;
  /** Of the contrast between the two passes; 0: no second pass. */
  readonly contrastWeight?: number;
}

const SHARED = { ...SASREC_DEFAULTS, reasoningSteps: 2, temperature: 0.07 } as const;

/** SASRec's defaults, and for the rest the values of the reference code. */
export const REAREC_ERL_DEFAULTS = { ...SHARED, divergenceWeight: 0.05 } as const;
export const REAREC_PRL_DEFAULTS = {
  ...SHARED,
  temperatureBase: 5,
  noise: 0.01,
  progressiveWeight: 1,
  contrastWeight: 1,
} as const;

/** ReaRec by ensemble reasoning learning: o = mean(h_0 .. h_T), and the loss is CE(o) - λ · mean KL between the steps. */
export function reaRecErl(
  options: ReaRecErlOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: ReaRecParameters } {
  const complete = { ...REAREC_ERL_DEFAULTS, ...options };
  const { temperature, divergenceWeight } = complete;
  const parameters = reaRecParameters(complete, key);
  const { table } = parameters.items;
  const states = (batch: SequenceInput, keys?: KeyStream) =>
    reasoningStates(parameters, complete, batch, keys);
  const ensemble = (all: tf.Tensor3D) => all.mean(1) as tf.Tensor2D;
  const encode: SequentialModel["encode"] = (batch, keys) => ensemble(states(batch, keys));
  return {
    name: "ReaRec-ERL",
    parameters,
    batches: "prefix",
    encode,
    score: (batch) => withoutPadding(itemLogits(encode(batch), table).div(temperature)),
    loss(batch, stepKey) {
      const all = states(batch, keyStream(stepKey));
      // L = CE(o Eᵀ / τ) - λ mean_{i≠j} KL(p_j ‖ p_i)
      const logits = itemLogits(ensemble(all), table).div<tf.Tensor2D>(temperature);
      const loss = nextItemLoss(logits, batch.targets as tf.Tensor1D, batch.weights);
      const divergence = meanPairwiseDivergence(stepLogits(all, table).div(temperature));
      return loss.sub(weightedMean(divergence, batch.weights).mul(divergenceWeight));
    },
  };
}

/**
 * ReaRec by progressive reasoning learning: o = h_T, and the loss is CE(o), plus the cross-entropy of the earlier steps at higher
 * temperatures, plus the contrast with a pass whose states are noised.
 */
export function reaRecPrl(
  options: ReaRecPrlOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: ReaRecParameters } {
  const complete = { ...REAREC_PRL_DEFAULTS, ...options };
  const { temperature, temperatureBase: base, progressiveWeight, contrastWeight } = complete;
  const parameters = reaRecParameters(complete, key);
  const { table } = parameters.items;
  const noise = contrastWeight === 0 ? 0 : complete.noise;
  const encode: SequentialModel["encode"] = (batch, keys) =>
    lastState(reasoningStates(parameters, complete, batch, keys));
  return {
    name: "ReaRec-PRL",
    parameters,
    batches: "prefix",
    encode,
    score: (batch) => withoutPadding(itemLogits(encode(batch), table).div(temperature)),
    loss(batch, stepKey) {
      const keys = keyStream(stepKey);
      const targets = batch.targets as tf.Tensor1D;
      const weights = batch.weights;
      const { clean, noised } = twoPasses(parameters, complete, batch, noise, keys);
      // L = CE(h_T Eᵀ / τ) + Σ_{k<T} CE(h_k Eᵀ / (τ a^{T-k})) + Σ_{k≥1} InfoNCE(h̃_k, h_k)
      const logits = itemLogits(lastState(clean), table).div<tf.Tensor2D>(temperature);
      const loss = nextItemLoss(logits, targets, weights);
      const progressive = progressiveLoss(stepLogits(clean, table), targets, { temperature, base });
      const sum = loss.add<tf.Scalar>(weightedMean(progressive, weights).mul(progressiveWeight));
      if (noised === undefined) return sum;
      const [first, second] = [clean, noised].map(withoutFirst);
      const contrast = reasoningContrast(first, second, { temperature, weights });
      return sum.add(weightedMean(contrast, weights).mul(contrastWeight));
    },
  };
}

/**
 * The states of a batch, and again with other dropout and noised: in the second pass, token k enters as LN(h_{k-1} + r_k + ε), h_{k-1} the
 * state of the first pass, ε ~ N(0, noise²), and sees the tokens of its own pass.
 */
function twoPasses(
  parameters: ReaRecParameters,
  options: CompleteReaRecOptions,
  { items, lengths }: Pick<SequenceInput, "items" | "lengths">,
  noise: number,
  keys: KeyStream,
): { clean: tf.Tensor3D; noised?: tf.Tensor3D } {
  if (noise === 0 || options.reasoningSteps === 0)
    return { clean: reasoningStates(parameters, options, { items, lengths }, keys) };
  const twice = { items: tf.concat([items, items]), lengths: tf.concat([lengths, lengths]) };
  const batch = items.shape[0];
  const both = reasoningStates(parameters, options, twice, keys, (state) => {
    const clean = state.slice(0, batch);
    return tf.concat([clean, clean.add(Rng.normal(keys.next(), clean.shape, 0, noise))]);
  });
  const [clean, noised] = tf.split<tf.Tensor3D>(both, 2);
  return { clean, noised };
}

/** h_T: [B, d] from [B, T + 1, d]. */
function lastState(states: tf.Tensor3D): tf.Tensor2D {
  const [batch, count, d] = states.shape;
  return states.slice([0, count - 1, 0], [batch, 1, d]).reshape([batch, d]);
}

/** h_1 .. h_T. */
function withoutFirst(states: tf.Tensor3D): tf.Tensor3D {
  const [batch, count, d] = states.shape;
  return states.slice([0, 1, 0], [batch, count - 1, d]);
}

/** h_k Eᵀ of all steps, [B, S, V + 1]. @param states [B, S, d] */
function stepLogits(states: tf.Tensor3D, table: tf.Variable): tf.Tensor3D {
  const [batch, steps, d] = states.shape;
  return itemLogits(states.reshape([batch * steps, d]), table).reshape([batch, steps, -1]);
}
