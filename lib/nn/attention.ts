import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { applyDense, type Dense, dense } from "./dense";
import { applyDropout, type KeyStream } from "./dropout";
import type { Initializer } from "./initializers";

/** Parameters of multi-head attention. */
export type Attention<T extends tf.Tensor = tf.Variable> = {
  readonly query: Dense<T>;
  readonly key: Dense<T>;
  readonly value: Dense<T>;
  readonly output: Dense<T>;
};

export interface AttentionOptions {
  /** d, of inputs and output; a multiple of the number of heads. */
  readonly dimensions: number;
  readonly init?: Initializer;
}

export function attention({ dimensions, init }: AttentionOptions, key: tf.Tensor1D): Attention {
  return tf.tidy(() => {
    const keys = Rng.split(key, 4);
    const [query, keyLayer, value, output] = keys.map((layerKey) =>
      dense({ inputs: dimensions, outputs: dimensions, init }, layerKey),
    );
    return { query, key: keyLayer, value, output };
  });
}

export interface ApplyAttentionOptions {
  readonly heads: number;
  /**
   * Added to the scores before the softmax, broadcast to [B, heads, Lq, Lk]: 0 where a query may look, a large negative
   * number where it may not. See `attentionMask`.
   */
  readonly mask?: tf.Tensor;
  /** Probability that an attention weight is set to 0 (and the others scaled up). */
  readonly dropoutRate?: number;
  readonly keys?: KeyStream;
}

/**
 * softmax(Q Kᵀ / √(d/heads) + mask) V, per head, then the output layer: Vaswani et al. 2017, section 3.2.
 * @param queries  [B, Lq, d]
 * @param memory   [B, Lk, d]: where keys and values come from; the queries themselves for self-attention
 * @returns [B, Lq, d]
 */
export function applyAttention(
  params: Attention<tf.Tensor>,
  queries: tf.Tensor3D,
  memory: tf.Tensor3D,
  { heads, mask, dropoutRate = 0, keys }: ApplyAttentionOptions,
): tf.Tensor3D {
  const [batch, queryCount, dimensions] = queries.shape;
  if (dimensions % heads !== 0) {
    throw new Error(`applyAttention: ${dimensions} dimensions cannot be shared by ${heads} heads.`);
  }
  const perHead = dimensions / heads;
  const splitHeads = (x: tf.Tensor): tf.Tensor4D =>
    x.reshape<tf.Tensor4D>([batch, -1, heads, perHead]).transpose([0, 2, 1, 3]); // [B, H, L, d/H]
  // Scaling the queries, not the scores, touches Lq·d numbers in place of H·Lq·Lk.
  const q = splitHeads(applyDense(params.query, queries).mul(1 / Math.sqrt(perHead)));
  const k = splitHeads(applyDense(params.key, memory));
  const v = splitHeads(applyDense(params.value, memory));
  const scores = tf.matMul(q, k, false, true); // [B, H, Lq, Lk]
  const weights = tf.softmax(mask === undefined ? scores : scores.add(mask));
  const mixed = tf.matMul(applyDropout(weights, dropoutRate, keys), v); // [B, H, Lq, d/H]
  const joined = mixed.transpose([0, 2, 1, 3]).reshape([batch, queryCount, dimensions]);
  return applyDense(params.output, joined) as tf.Tensor3D;
}

/**
 * The additive mask of `applyAttention`: 0 where the key is valid and, if causal, not later than the query.
 * @param valid    [B, L], above 0 where a key is not padding
 * @param causal   query i sees keys j ≤ i only
 * @param blocked  what is added elsewhere; -1e4 as in BERT: large enough for softmax, small enough for half precision,
 *                 and a query that may look at nothing looks evenly in place of giving NaN
 * @returns [B, 1, L, L] if causal, else [B, 1, 1, L]
 */
export function attentionMask(
  valid: tf.Tensor2D,
  { causal, blocked = -1e4 }: AttentionMaskOptions,
): tf.Tensor4D {
  const [batch, length] = valid.shape;
  const open = valid.greater(tf.scalar(0, valid.dtype)).toFloat().reshape<tf.Tensor4D>([batch, 1, 1, length]);
  const allowed = causal ? open.mul<tf.Tensor4D>(lowerTriangle(length)) : open;
  return tf.sub(1, allowed).mul<tf.Tensor4D>(blocked);
}

export interface AttentionMaskOptions {
  readonly causal: boolean;
  readonly blocked?: number;
}

/** [L, L]: 1 where column ≤ row. */
export function lowerTriangle(length: number): tf.Tensor2D {
  const positions = tf.range(0, length);
  return positions.expandDims(1).greaterEqual(positions.expandDims(0)).toFloat() as tf.Tensor2D;
}
