import type { KeyStream } from "../../../../nn/dropout";
import { applyEmbedding } from "../../../../nn/embedding";
import { matMul, softmaxCrossEntropy, tf } from "../../../../tensor";
import { isText, PADDING } from "../content";
import {
  applyBidirectionalBlock,
  type BidirectionalBlock,
  bidirectionalBlock,
  completeDecoderOptions,
  type DecoderOptions,
  type PartialDecoderOptions,
} from "./bidirectionalBlock";

/** Tells an item's words from its codes. */
export interface TextDecoder<T extends tf.Tensor = tf.Variable> {
  readonly options: DecoderOptions;
  readonly weights: BidirectionalBlock<T>;
}

/** @param options `length` is T, the words of a text */
export function textDecoder(options: PartialDecoderOptions, key: tf.Tensor1D): TextDecoder {
  const complete = completeDecoderOptions(options);
  return { options: complete, weights: tf.tidy(() => bidirectionalBlock(complete, key)) };
}

/**
 * The logits of all words at every place of the text.
 * @param z          [B, L, d]
 * @param inputs     [B, T] int32: the text as `maskText` leaves it
 * @param wordTable  [V, d]: the encoder's, which embeds the inputs and is the head as well
 * @param keys       of the dropout; absent: evaluation
 * @returns [B, T, V]
 * @see UTGRec, arXiv:2504.04405, text reconstruction; the authors' model.py, whose head is the language model's
 */
export function textLogits(
  { options, weights }: TextDecoder<tf.Tensor>,
  z: tf.Tensor3D,
  inputs: tf.Tensor2D,
  wordTable: tf.Tensor,
  keys?: KeyStream,
): tf.Tensor3D {
  const content = applyEmbedding({ table: wordTable }, inputs, { padding: PADDING }) as tf.Tensor3D;
  const states = applyBidirectionalBlock(weights, options, { z, content, valid: isText(inputs) }, keys);
  return matMul(states, wordTable, false, true);
}

/**
 * Mean cross-entropy of the words to be told, in nats; 0 where there are none.
 * @param logits   [B, T, V]
 * @param text     [B, T] int32, before the masking
 * @param weights  [B, T]: 1 where a word is to be told, else 0
 */
export function textLoss(logits: tf.Tensor3D, text: tf.Tensor2D, weights: tf.Tensor2D): tf.Scalar {
  const losses = softmaxCrossEntropy<tf.Tensor2D>(text, logits);
  return losses.mul(weights).sum().div<tf.Scalar>(tf.maximum(weights.sum(), 1));
}
