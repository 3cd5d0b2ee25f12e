import { applyDropout, type KeyStream, keyStream } from "../../nn/dropout";
import { applyEmbedding } from "../../nn/embedding";
import { applyRmsNorm } from "../../nn/rmsNorm";
import { tf } from "../../tensor";
import { matMul } from "../../tensor/ops/matMul";
import { softmaxCrossEntropy } from "../../tensor/ops/softmaxCrossEntropy";
import { weightedMean } from "../models/sequentialModel";
import { relativeBucketTable } from "./relativeBuckets";
import type { T5 } from "./t5Parameters";
import { crossAttentionOnce, feedForward, selfAttention } from "./t5Sublayers";

/**
 * The encoder-decoder of T5 on padded sequences of ids, 0 the padding: blocks with the norm first, root-mean-square norms, no biases, positions only as
 * a bias of the self-attention scores that all layers of a stack share, and one table for both inputs and the head.
 * @see Raffel et al. 2020, arXiv:1910.10683; as the recommender of MTGRec, arXiv:2504.04400
 */

/** Added to the score of a key that a query must not see. Finite: where a row is all padding, attention is even in place of NaN. */
export const BLOCKED = -1e9;

/** What the decoder sees of the encoder. */
export interface Encoded {
  /** [B, L, d] */
  readonly states: tf.Tensor3D;
  /** [B, 1, 1, L]: 0 where an input is, `BLOCKED` where padding. */
  readonly mask: tf.Tensor4D;
}

/** @param ids [B, L] int32 @param keys of the dropout; absent: evaluation */
export function encode(model: T5<tf.Tensor>, ids: tf.Tensor2D, keys?: KeyStream): Encoded {
  const { options, weights } = model;
  const { relativeBias, layers, finalNorm } = weights.encoder;
  const [batch, length] = ids.shape;
  const isPadding = ids.equal(tf.scalar(0, "int32")).toFloat();
  const mask = isPadding.mul<tf.Tensor>(BLOCKED).reshape<tf.Tensor4D>([batch, 1, 1, length]);
  // Mask and biases together once: a layer adds one tensor to its scores.
  const bias = positionBias(relativeBias, length, true, options.maxDistance).add(mask);
  let hidden = embed(model, ids, keys);
  for (const layer of layers) {
    hidden = selfAttention(layer.selfAttention, hidden, bias, options, keys);
    hidden = feedForward(layer.feedForward, hidden, options, keys);
  }
  const states = applyRmsNorm(finalNorm, hidden, options.epsilon);
  return { states: applyDropout(states, options.dropout, keys) as tf.Tensor3D, mask };
}

/**
 * The decoder over given tokens (teacher forcing).
 * @param ids  [B, T] int32, the decoder's inputs: `shiftRight` of the labels
 * @returns [B, T, V], the logits of the token that follows each
 */
export function decode(
  model: T5<tf.Tensor>,
  ids: tf.Tensor2D,
  encoded: Encoded,
  keys?: KeyStream,
): tf.Tensor3D {
  return head(model, decodeStates(model, ids, encoded, keys), keys);
}

/**
 * The decoder's output vectors over given tokens: behind the final norm, before what the head does to them (its dropout and d^-½).
 * @param ids  [B, T] int32
 * @returns [B, T, d], each of what its token and those before it have made; `head` has their logits
 */
export function decodeStates(
  model: T5<tf.Tensor>,
  ids: tf.Tensor2D,
  encoded: Encoded,
  keys?: KeyStream,
): tf.Tensor3D {
  const { options, weights } = model;
  const { relativeBias, layers } = weights.decoder;
  const length = ids.shape[1];
  const bias = positionBias(relativeBias, length, false, options.maxDistance).add(causalMask(length));
  let hidden = embed(model, ids, keys);
  for (const layer of layers) {
    hidden = selfAttention(layer.selfAttention, hidden, bias, options, keys);
    hidden = crossAttentionOnce(layer.crossAttention, hidden, encoded.states, encoded.mask, options, keys);
    hidden = feedForward(layer.feedForward, hidden, options, keys);
  }
  return decoderNorm(model, hidden);
}

/** What a step of training sees. */
export interface T5Batch {
  /** [B, L] int32, padded with 0 */
  readonly inputs: tf.Tensor2D;
  /** [B, T] int32, end of sequence included; all rows are T long. */
  readonly labels: tf.Tensor2D;
  /** [B]: 0 for rows that only fill up the batch. Absent: 1 everywhere. */
  readonly weights?: tf.Tensor1D;
}

/**
 * Mean cross-entropy over all positions of the labels, in nats.
 * @param key  of the dropout; absent: evaluation
 * @see MTGRec, eq. 22, which has the sum over positions
 */
export function t5Loss(
  model: T5<tf.Tensor>,
  { inputs, labels, weights }: T5Batch,
  key?: tf.Tensor1D,
): tf.Scalar {
  const keys = key && keyStream(key);
  const logits = decode(model, shiftRight(labels), encode(model, inputs, keys), keys);
  const losses = softmaxCrossEntropy<tf.Tensor2D>(labels, logits);
  if (weights === undefined) return losses.mean<tf.Scalar>();
  return weightedMean(losses.mean<tf.Tensor1D>(1), weights);
}

/**
 * The decoder's inputs for its labels: the start token, then all labels but the last.
 * @param labels [B, T] int32
 * @param starts the start token of all rows, or [B] int32 of each; default: 0
 */
export function shiftRight(labels: tf.Tensor2D, starts: number | tf.Tensor1D = 0): tf.Tensor2D {
  const [batch, length] = labels.shape;
  const first =
    typeof starts === "number" ? tf.fill([batch, 1], starts, "int32") : starts.reshape([batch, 1]);
  return tf.concat([first as tf.Tensor2D, labels.slice([0, 0], [batch, length - 1])], 1);
}

/** Dropout(E[ids]). @returns [B, L, d] */
export function embed({ options, weights }: T5<tf.Tensor>, ids: tf.Tensor, keys?: KeyStream): tf.Tensor3D {
  return applyDropout(applyEmbedding(weights.embedding, ids), options.dropout, keys) as tf.Tensor3D;
}

/** RMSNorm(hidden). @param hidden [.., d], of the decoder's last layer */
export function decoderNorm({ options, weights }: T5<tf.Tensor>, hidden: tf.Tensor3D): tf.Tensor3D {
  return applyRmsNorm(weights.decoder.finalNorm, hidden, options.epsilon) as tf.Tensor3D;
}

/** Dropout(states) d^-½ Eᵀ. @param states [.., d], the decoder's output vectors @returns [.., V] */
export function head(
  { options, weights }: T5<tf.Tensor>,
  states: tf.Tensor3D,
  keys?: KeyStream,
): tf.Tensor3D {
  const scaled = applyDropout(states, options.dropout, keys).mul(options.dimensions ** -0.5);
  return matMul(scaled, weights.embedding.table, false, true);
}

/** The relative biases of all pairs of positions. @param table [buckets, heads] @returns [1, heads, L, L] */
function positionBias(
  table: tf.Tensor,
  length: number,
  bidirectional: boolean,
  maxDistance: number,
): tf.Tensor4D {
  const [buckets, heads] = table.shape;
  const of = relativeBucketTable(length, length, { bidirectional, buckets, maxDistance });
  const rows = tf.gather(table, tf.tensor1d(of, "int32")); // [L², heads]
  return rows.transpose().reshape([1, heads, length, length]);
}

/** [L, L]: 0 where key ≤ query, else `BLOCKED`. */
function causalMask(length: number): tf.Tensor2D {
  const positions = tf.range(0, length);
  return positions.expandDims(0).greater(positions.expandDims(1)).toFloat().mul(BLOCKED);
}
