import type { Attention } from "../../nn/attention";
import { applyDense } from "../../nn/dense";
import { applyDropout, type KeyStream } from "../../nn/dropout";
import { applyFeedForward } from "../../nn/feedForward";
import { applyRmsNorm } from "../../nn/rmsNorm";
import { tf } from "../../tensor";
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
  const weights = applyDropout(tf.softmax(scores.add(bias)), dropout, keys) as tf.Tensor4D;
  const mixed = tf.matMul(weights, value).transpose([0, 2, 1, 3]); // [B, Lq, heads, d_kv]
  const [batch, length] = queries.shape;
  return applyDense(output, mixed.reshape([batch, length, -1])) as tf.Tensor3D;
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

/** x + Dropout(Attention(RMSNorm(x), memory)); the memory is not normalised again. @param x [B, Lq, d] */
export function crossAttention(
  sublayer: T5AttentionSublayer<tf.Tensor>,
  x: tf.Tensor3D,
  memory: KeysAndValues,
  mask: tf.Tensor,
  options: T5SublayerOptions,
  keys?: KeyStream,
): tf.Tensor3D {
  const attended = attend(sublayer.attention, normalised(sublayer, x, options), memory, mask, options, keys);
  return x.add(applyDropout(attended, options.dropout, keys));
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
