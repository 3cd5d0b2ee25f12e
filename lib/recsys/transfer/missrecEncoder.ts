import {
  applyLayerNorm,
  applyTransformerBlock,
  attentionMask,
  dense,
  embedding,
  type KeyStream,
  layerNorm,
  normalInit,
  parameter,
  transformerBlock,
  zeros,
} from "../../nn";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { selectPositions } from "../models/sequentialModel";
import { positionedInput } from "../models/transformer";
import { applyDecoderBlock, decoderBlock } from "./decoderBlock";
import { historyInterests } from "./missrecInterests";

export interface MissRecEncoderOptions {
  /** w and v, widths of the items' text and image vectors. */
  readonly contentWidth: number;
  readonly imageWidth: number;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d */
  readonly dimensions: number;
  /** Of the encoder, and as many of the decoder. */
  readonly blocks: number;
  readonly heads: number;
  /** Width of the feed-forward networks. */
  readonly inner: number;
  readonly dropout: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation: number;
  /** Of the layer norms. */
  readonly epsilon: number;
}

export type MissRecWeights = ReturnType<typeof missRecWeights>;

export function missRecWeights(options: MissRecEncoderOptions, key: tf.Tensor1D) {
  const { contentWidth, imageWidth, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  const sizes = { dimensions, inner, init };
  return tf.tidy(() => {
    const [textKey, imageKey, positionKey, ...blockKeys] = Rng.split(key, 3 + 2 * blocks);
    return {
      adaptors: {
        text: dense({ inputs: contentWidth, outputs: dimensions, init }, textKey),
        image: dense({ inputs: imageWidth, outputs: dimensions, init }, imageKey),
      },
      /** f, of the candidates' texts and pictures. */
      fusion: parameter(zeros, key, []),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      encoder: blockKeys.slice(0, blocks).map((blockKey) => transformerBlock(sizes, blockKey)),
      encoderNorm: layerNorm({ dimensions }),
      decoder: blockKeys.slice(blocks).map((blockKey) => decoderBlock(sizes, blockKey)),
      decoderNorm: layerNorm({ dimensions }),
    };
  });
}

export interface EncodedHistories {
  /** [B, d], the decoder's state at the last item. */
  readonly states: tf.Tensor2D;
  /** [B], ‖Σ of the interests' states‖² / d. */
  readonly penalty: tf.Tensor1D;
}

/**
 * A Transformer encoder over the distinct interests of each history, which are a set: no positions; and a Transformer decoder over its items, which sees all items
 * and the interests. As in the reference code, the decoder is not causal: its last state alone is read.
 * @param vectors   x, [B, L, d], what stands for the items
 * @param interests [K + 1, d], from `interestVectors`
 * @param ofItem    [V + 1, 2], of `Interests`
 * @see MISSRec, section 3.2
 */
export function encodeHistories(
  weights: MissRecWeights,
  options: MissRecEncoderOptions,
  { items, lengths }: Pick<SequenceInput, "items" | "lengths">,
  vectors: tf.Tensor,
  interests: tf.Tensor2D,
  ofItem: tf.Tensor2D,
  keys?: KeyStream,
): EncodedHistories {
  const { heads, dropout, epsilon, dimensions } = options;
  const settings = { heads, dropoutRate: dropout, epsilon, keys };
  const { ids, distinct } = historyInterests(items, { ofItem });
  const interestMask = attentionMask(distinct, { causal: false });
  let memory = gather(interests, ids) as tf.Tensor3D; // [B, 2L, d]
  for (const block of weights.encoder)
    memory = applyTransformerBlock(block, memory, memory, { ...settings, mask: interestMask });
  memory = applyLayerNorm(weights.encoderNorm, memory, epsilon) as tf.Tensor3D;
  const pooled = memory.mul(distinct.expandDims(2)).sum(1); // [B, d]

  const mask = attentionMask(items, { causal: false });
  let hidden = positionedInput("MISSRec", vectors, weights, options, keys);
  weights.decoder.forEach((block, index) => {
    const isLast = index === weights.decoder.length - 1;
    const last = lengths.sub(tf.scalar(1, "int32")).expandDims(1);
    const queries = isLast ? (selectPositions(hidden, last) as tf.Tensor3D) : hidden;
    hidden = applyDecoderBlock(block, queries, hidden, memory, {
      ...settings,
      mask,
      crossMask: interestMask,
    });
  });
  const states = applyLayerNorm(weights.decoderNorm, hidden, epsilon);
  return { states: states.reshape([-1, dimensions]), penalty: pooled.square().mean(1) };
}
