import {
  applyAttention,
  applyDropout,
  applyEmbedding,
  applyFeedForward,
  applyLayerNorm,
  attention,
  attentionMask,
  embedding,
  feedForward,
  type KeyStream,
  layerNorm,
  normalInit,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";

/*
 * SASRec: W.-C. Kang and J. McAuley, Self-Attentive Sequential Recommendation, ICDM 2018.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/sasrec.py, whose reading this is:
 * post-norm blocks, a dense GELU feed-forward network, cross-entropy over all items. The 2018 paper has pre-norm blocks,
 * ReLU, and binary cross-entropy against one sampled negative.
 *
 * Deviations from RecBole:
 * - Only the last real position is read, so the last block computes its query, feed-forward network and norms there alone.
 *   The numbers are the same; a step is about half the work.
 */

export interface SasRecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of embeddings, of each sublayer's output, and of attention weights. */
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. 1e-12, RecBole's value, keeps its meaning in float32: it only guards a division by 0. */
  readonly epsilon?: number;
  /** RecBole trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of RecBole's SASRec.yaml. */
export const SASREC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

export type SasRecParameters = ReturnType<typeof sasRecParameters>;

function sasRecParameters(options: Required<SasRecOptions>, key: tf.Tensor1D) {
  const { items, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, positionKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey) => {
        const [attentionKey, feedForwardKey] = Rng.split(blockKey, 2);
        return {
          attention: attention({ dimensions, init }, attentionKey),
          attentionNorm: layerNorm({ dimensions }),
          feedForward: feedForward({ dimensions, inner, init }, feedForwardKey),
          feedForwardNorm: layerNorm({ dimensions }),
        };
      }),
    };
  });
}

/** A SASRec with fresh parameters. */
export function sasRec(
  options: SasRecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: SasRecParameters } {
  const complete = { ...SASREC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`SASRec needs at least one block, got ${complete.blocks}.`);
  const parameters = sasRecParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "SASRec",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode: (batch, keys) =>
      runBlocks(parameters, complete, batch, "last", keys).reshape([
        batch.items.shape[0],
        complete.dimensions,
      ]),
    encodeAll: (batch, keys) => runBlocks(parameters, complete, batch, "all", keys),
  });
  return { ...model, parameters };
}

/** The last block's output at the last real position, [B, 1, d], or at all of them, [B, L, d]. */
function runBlocks(
  parameters: SasRecParameters,
  { heads, dropout, epsilon, windowLength }: Required<SasRecOptions>,
  { items, lengths }: SequenceInput,
  read: "last" | "all",
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const length = items.shape[1];
  if (length > windowLength) {
    throw new Error(`SASRec: histories of ${length} items, but the position table holds ${windowLength}.`);
  }
  // H = Dropout(LN(E[ids] + P))
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 });
  const positions = parameters.positions.table.slice([0, 0], [length, -1]);
  const normed = applyLayerNorm(parameters.inputNorm, embedded.add(positions), epsilon);

  const causalMask = attentionMask(items, { causal: true });
  let hidden = applyDropout(normed, dropout, keys) as tf.Tensor3D; // [B, L, d]
  parameters.blocks.forEach((block, index) => {
    const lastOnly = read === "last" && index === parameters.blocks.length - 1;
    // The last position sees every key that is not padding: its mask is the key mask alone.
    const last = () =>
      selectPositions(hidden, lengths.sub(tf.scalar(1, "int32")).expandDims(1)) as tf.Tensor3D;
    const queries = lastOnly ? last() : hidden;
    const mask = lastOnly ? attentionMask(items, { causal: false }) : causalMask;
    // H = LN(H + Dropout(MHA(H)));  H = LN(H + Dropout(FFN(H)))
    const attended = applyAttention(block.attention, queries, hidden, {
      heads,
      mask,
      dropoutRate: dropout,
      keys,
    });
    const mixed = applyLayerNorm(
      block.attentionNorm,
      queries.add(applyDropout(attended, dropout, keys)),
      epsilon,
    );
    const transformed = applyFeedForward(block.feedForward, mixed, {
      activation: "gelu",
      dropoutRate: dropout,
      keys,
    });
    hidden = applyLayerNorm(block.feedForwardNorm, mixed.add(transformed), epsilon) as tf.Tensor3D;
  });
  return hidden;
}
