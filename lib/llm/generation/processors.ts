import { cumsum, gather, logSumExp, tf, topK, where } from "../../tensor";

/**
 * What is done to logits before a token is drawn. A token that may not come has -∞. Tokens that are as likely as the last one kept are kept as well, so
 * that the result does not depend on how a sort orders them.
 * @see Hugging Face transformers, generation/logits_process.py
 */

/** The options of {@link processLogits} inside a graph; what is left out is left out of the graph. */
export interface Processing {
  readonly repetition?: {
    /** [B, V] bool: the tokens that have occurred. */
    readonly seen: tf.Tensor;
    readonly penalty: tf.Scalar;
  };
  readonly temperature?: tf.Scalar;
  readonly topK?: number;
  readonly topP?: {
    readonly p: tf.Scalar;
    /** How many of the likeliest tokens are looked at. */
    readonly candidates: number;
  };
  readonly minP?: tf.Scalar;
}

export interface Processed {
  /** [B, V] */
  readonly logits: tf.Tensor2D;
  /** bool scalar: of every row, top-p was decided among its candidates. Otherwise too few tokens are left. */
  readonly decided: tf.Scalar;
}

/** All of them, in the order of transformers' `generate`. @param logits [B, V] */
export function processLogits(
  logits: tf.Tensor2D,
  { repetition, temperature, topK: k, topP: nucleus, minP }: Processing,
): Processed {
  let x = logits;
  if (repetition) x = penalizeRepetition(x, repetition.seen, repetition.penalty);
  if (temperature) x = x.div(temperature);
  if (k !== undefined) x = keepTopK(x, k);
  let decided = tf.scalar(true, "bool");
  if (nucleus) ({ logits: x, decided } = keepTopP(x, nucleus.p, nucleus.candidates));
  if (minP) x = keepMinP(x, minP);
  return { logits: x, decided };
}

/** @param seen [B, V] bool @see N. S. Keskar et al., CTRL, 2019, arXiv:1909.05858, section 4.1 */
export function penalizeRepetition(logits: tf.Tensor2D, seen: tf.Tensor, penalty: tf.Scalar): tf.Tensor2D {
  // x_v := x_v ρ where x_v < 0, x_v / ρ elsewhere
  const penalized = where(logits.less(0), logits.mul(penalty), logits.div(penalty));
  return where<tf.Tensor2D>(seen, penalized, logits);
}

/** @param k  at least 1; more than V keeps all */
export function keepTopK(logits: tf.Tensor2D, k: number): tf.Tensor2D {
  const count = Math.min(k, logits.shape[1]);
  const last = topK(logits, count).values.slice([0, count - 1], [-1, 1]);
  return atLeast(logits, last);
}

/**
 * The smallest set of likeliest tokens whose probabilities add up to p. To sort the whole vocabulary takes many times as long as to find the few hundred
 * likeliest tokens, which nearly always are enough.
 * @param candidates  how many of the likeliest tokens are looked at; with all V it is always decided
 * @see A. Holtzman et al., The Curious Case of Neural Text Degeneration, 2020, arXiv:1904.09751, section 3.1
 */
export function keepTopP(logits: tf.Tensor2D, p: tf.Scalar, candidates: number): Processed {
  const vocabulary = logits.shape[1];
  const count = Math.min(candidates, vocabulary);
  const { values } = topK(logits, count); // descending
  const probabilities = values.sub(logSumExp(logits, 1, true)).exp();
  // Token i is kept where the tokens before it do not reach p: Σ_{j<i} P_j < p
  const before = cumsum(probabilities, 1, { exclusive: true });
  const last = where(before.less(p), values, Number.POSITIVE_INFINITY).min(1, true);
  const reached = before
    .add(probabilities)
    .slice([0, count - 1], [-1, 1])
    .greaterEqual(p)
    .all();
  const decided = count === vocabulary ? tf.scalar(true, "bool") : (reached as tf.Scalar);
  return { logits: atLeast(logits, last), decided };
}

/** P_v ≥ m max P, which is x_v ≥ max x + ln m. @see N. N. Minh et al., Min-p Sampling, 2025, arXiv:2407.01082, section 4.1 */
export function keepMinP(logits: tf.Tensor2D, minP: tf.Scalar): tf.Tensor2D {
  return atLeast(logits, logits.max(1, true).add(minP.log()));
}

/** @param bound [B, 1] */
function atLeast(logits: tf.Tensor2D, bound: tf.Tensor): tf.Tensor2D {
  return where<tf.Tensor2D>(logits.greaterEqual(bound), logits, Number.NEGATIVE_INFINITY);
}

/** ln P of chosen tokens. */
export interface LogProbabilities {
  /** [B], of the given tokens */
  readonly chosen: tf.Tensor1D;
  /** [B, k], of the likeliest tokens, likeliest first */
  readonly top: tf.Tensor2D;
  /** [B, k] int32: which they are */
  readonly topTokens: tf.Tensor2D;
}

/** @param tokens [B] int32 @param alternatives  k, at least 1 */
export function logProbabilities(
  logits: tf.Tensor2D,
  tokens: tf.Tensor1D,
  alternatives: number,
): LogProbabilities {
  const all = logits.sub<tf.Tensor2D>(logSumExp(logits, 1, true)); // ln P_v = x_v - ln Σ exp x
  const chosen = gather<tf.Tensor2D>(all, tokens.expandDims(1), 1, 1).squeeze<tf.Tensor1D>([1]);
  const { values, indices } = topK(all, Math.min(alternatives, logits.shape[1]));
  return { chosen, top: values, topTokens: indices };
}
