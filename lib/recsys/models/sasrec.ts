import { applyEmbedding, embedding, type KeyStream, layerNorm, normalInit, transformerBlock } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";
import { positionedInput, runTransformer } from "./transformer";

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
      blocks: blockKeys.map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
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
  options: Required<SasRecOptions>,
  batch: SequenceInput,
  read: "last" | "all",
  keys: KeyStream | undefined,
): tf.Tensor3D {
  // H = Dropout(LN(E[ids] + P));  H = LN(H + Dropout(MHA(H)));  H = LN(H + Dropout(FFN(H)))
  const embedded = applyEmbedding(parameters.items, batch.items, { padding: 0 });
  const hidden = positionedInput("SASRec", embedded, parameters, options, keys);
  return runTransformer(parameters.blocks, hidden, batch, { ...options, read, causal: true }, keys);
}
