import type { Attention } from "../../nn/attention";
import { applyDense } from "../../nn/dense";
import { applyDropout, type KeyStream } from "../../nn/dropout";
import { applyFeedForward } from "../../nn/feedForward";
import { applyRmsNorm } from "../../nn/rmsNorm";
import { tf } from "../../tensor";
import { softmaxDropout } from "../../tensor/ops/softmaxDropout";
import type { T5AttentionSublayer, T5FeedForwardSublayer, T5Options } from "./t5Parameters";

/** What the queries of an attention look at: [B, heads, Lk, d_kv] each. */
export interface KeysAndValues {
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/** Options that the sublayers read. */
export type T5SublayerOptions = Pick<T5Options, "heads" | "dropout" | "epsilon">;

/** What stands in the sum x + Dropout(Sublayer(RMSNorm(x))) behind RMSNorm. @param x [.., d] */
export function normalised<T extends tf.Tensor>(
  { norm }: T5AttentionSublayer<tf.Tensor> | T5FeedForwardSublayer<tf.Tensor>,
  x: T,
  { epsilon }: T5SublayerOptions,
): T {
  return applyRmsNorm(norm, x, epsilon) as T;
}

/** The keys and values of a memory. @param memory [B, Lk, d] */
export function keysAndValues(
  { key, value }: Attention<tf.Tensor>,
  memory: tf.Tensor3D,
  heads: number,
): KeysAndValues {
  return {
    key: splitHeads(applyDense(key, memory), heads),
    value: splitHeads(applyDense(value, memory), heads),
  };
}

/**
 * softmax(Q Kᵀ + bias) V per head, then the output layer. The scores are not divided by √d_kv.
 * @param queries  [B, Lq, d], normalised
 * @param bias     broadcasts to [B, heads, Lq, Lk]: relative biases and mask
 * @returns [B, Lq, d]
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1
 */
export function attend(
  { query, output }: Attention<tf.Tensor>,
  queries: tf.Tensor3D,
  { key, value }: KeysAndValues,
  bias: tf.Tensor,
  { heads, dropout }: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const q = splitHeads(applyDense(query, queries), heads);
  const scores = tf.matMul(q, key, false, true); // [B, heads, Lq, Lk]
  const weights = attentionWeights(scores.add(bias), dropout, keys);
  const mixed = tf.matMul(weights, value).transpose([0, 2, 1, 3]); // [B, Lq, heads, d_kv]
  const [batch, length] = queries.shape;
  return applyDense(output, mixed.reshape([batch, length, -1])) as tf.Tensor3D;
}

function attentionWeights(scores: tf.Tensor, rate: number, keys: KeyStream | undefined): tf.Tensor {
  return keys === undefined || rate === 0 ? tf.softmax(scores) : softmaxDropout(scores, rate, keys.next());
}

/** x + Dropout(Attention(RMSNorm(x), RMSNorm(x))). @param x [B, L, d] */
export function selfAttention(
  sublayer: T5AttentionSublayer<tf.Tensor>,
  x: tf.Tensor3D,
  bias: tf.Tensor,
  options: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const { attention } = sublayer;
  const own = normalised(sublayer, x, options);
  const attended = attend(attention, own, keysAndValues(attention, own, options.heads), bias, options, keys);
  return x.add(applyDropout(attended, options.dropout, keys));
}

/**
 * x + Attention(RMSNorm(x), memory), for decoding: many steps share the memory's keys and values. The memory is not normalised again.
 * @param x [B, Lq, d]
 */
export function crossAttention(
  sublayer: T5AttentionSublayer<tf.Tensor>,
  x: tf.Tensor3D,
  memory: KeysAndValues,
  mask: tf.Tensor,
  options: T5SublayerOptions,
): tf.Tensor3D {
  return x.add(attend(sublayer.attention, normalised(sublayer, x, options), memory, mask, options));
}

/** `crossAttention` for training: x + Dropout(Attention(RMSNorm(x), states)). @param x [B, Lq, d] @param states [B, Lk, d] */
export function crossAttentionOnce(
  sublayer: T5AttentionSublayer<tf.Tensor>,
  x: tf.Tensor3D,
  states: tf.Tensor3D,
  mask: tf.Tensor,
  options: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const queries = normalised(sublayer, x, options);
  const attended = attendStates(sublayer.attention, queries, states, mask, options, keys);
  return x.add(applyDropout(attended, options.dropout, keys));
}

/**
 * `attend` to the keys and values of a memory, without computing them: per head, Q (M Wk)ᵀ = (Q Wkᵀ) Mᵀ and A (M Wv) = (A M) Wv. So both matrices meet
 * the few queries, a target's tokens, in place of the memory's many rows: a sixth of a training step's arithmetic.
 * @param queries  [B, Lq, d], normalised
 * @param memory   [B, Lk, d]
 * @param bias     broadcasts to [B, heads, Lq, Lk]
 * @returns [B, Lq, d]
 */
function attendStates(
  { query, key, value, output }: Attention<tf.Tensor>,
  queries: tf.Tensor3D,
  memory: tf.Tensor3D,
  bias: tf.Tensor,
  { heads, dropout }: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const [batch, length, dimensions] = queries.shape;
  const perHead = (weight: tf.Tensor) => weight.reshape([dimensions, heads, -1]);
  const q = applyDense(query, queries)
    .reshape([batch * length, heads, -1])
    .transpose([1, 0, 2]);
  const projected = tf.matMul(q, perHead(key.weight).transpose([1, 2, 0])); // [heads, B · Lq, d]
  const rows = projected.reshape([heads, batch, length, dimensions]).transpose([1, 0, 2, 3]);
  const joined = [batch, heads * length, dimensions];
  const scores = tf.matMul(rows.reshape(joined), memory, false, true); // [B, heads · Lq, Lk]
  const biased = scores.reshape([batch, heads, length, -1]).add(bias);
  const weights = attentionWeights(biased, dropout, keys).reshape(scores.shape);
  const pooled = tf.matMul(weights, memory).reshape([batch, heads, length, dimensions]);
  const byHead = pooled.transpose([1, 0, 2, 3]).reshape([heads, batch * length, dimensions]);
  const mixed = tf.matMul(byHead, perHead(value.weight).transpose([1, 0, 2])); // [heads, B · Lq, d_kv]
  return applyDense(output, mixed.transpose([1, 0, 2]).reshape([batch, length, -1])) as tf.Tensor3D;
}

/** x + Dropout(Dropout(ReLU(RMSNorm(x) Wi)) Wo). @param x [B, L, d] */
export function feedForward(
  sublayer: T5FeedForwardSublayer<tf.Tensor>,
  x: tf.Tensor3D,
  options: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const { dropout } = options;
  return x.add(
    applyFeedForward(sublayer.network, normalised(sublayer, x, options), {
      activation: "relu",
      innerDropoutRate: dropout,
      dropoutRate: dropout,
      keys,
    }),
  );
}

/** [B, L, heads · d_kv] -> [B, heads, L, d_kv] */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor4D {
  const [batch, length, joined] = x.shape as [number, number, number];
  return x.reshape<tf.Tensor4D>([batch, length, heads, joined / heads]).transpose([0, 2, 1, 3]);
}
