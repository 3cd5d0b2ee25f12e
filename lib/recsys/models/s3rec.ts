import {
  applyEmbedding,
  dense,
  embedding,
  type KeyStream,
  keyStream,
  layerNorm,
  normalInit,
  transformerBlock,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { attributeTensor, type ItemAttributes } from "../attributes";
import type { PretrainableModel } from "../pretrain";
import { type PretrainingLosses, pretrainingLosses } from "./s3recPretraining";
import { pretrainingViews } from "./s3recViews";
import { type TrainingBatch, tiedSoftmaxModel } from "./sequentialModel";
import { positionedInput, runTransformer } from "./transformer";

/*
 * S3-Rec: K. Zhou et al., S3-Rec: Self-Supervised Learning for Sequential Recommendation with Mutual Information Maximization,
 * CIKM 2020.
 *
 * Reference code: RecBole 1.2.1 (RUCAIBox/RecBole), model/sequential_recommender/s3rec.py: SASRec's encoder, first pre-trained on
 * both directions (`pretrainLoss`, see `pretrain`), then trained as SASRec is, causally, with cross-entropy over all items.
 *
 * Deviations from RecBole:
 * - Histories are padded on the right in both stages. RecBole pads them on the left in the first, so that an item has another position
 *   in the second; what the segment objective reads at the last position there, it reads at the last real one here.
 * - The pre-training loss is a mean over histories, not a sum: with Adam the same, and comparable between batches.
 * - Negatives are drawn evenly from the items that a history lacks, without trial and error, and never are the mask token, which they can
 *   be there.
 * - Only the last real position is read where one vector is wanted: the last block computes its query alone. The numbers are the same.
 *
 * As in RecBole, the softmax of the second stage has the mask token's row in it; the scores do not.
 */

export interface S3RecOptions {
  /** V: ids are 1..V. The mask token is item V + 1. */
  readonly items: number;
  /** What each item has, e.g. `itemAttributes(dataset)`. */
  readonly attributes: ItemAttributes;
  /** L: the longest history, which sizes the position table. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of the input, of each sublayer's output, and of attention weights, in both stages. */
  readonly dropout?: number;
  /** Pre-training: probability that an item is replaced by the mask token. */
  readonly maskRatio?: number;
  /** Pre-training: what each objective counts. */
  readonly objectives?: Readonly<Record<keyof PretrainingLosses, number>>;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** Of the second stage. RecBole trains on prefixes; `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of RecBole's S3Rec.yaml. */
export const S3REC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 2,
  inner: 256,
  dropout: 0.5,
  maskRatio: 0.2,
  objectives: { associatedAttributes: 0.2, maskedItem: 1, maskedAttributes: 1, segment: 0.5 },
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

export type S3RecParameters = ReturnType<typeof s3RecParameters>;

function s3RecParameters(options: Required<S3RecOptions>, key: tf.Tensor1D) {
  const { items, attributes, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, positionKey, attributeKey, ...keys] = Rng.split(key, 7 + blocks);
    const [aap, mip, map, sp] = keys
      .slice(0, 4)
      .map((layerKey) => dense({ inputs: dimensions, outputs: dimensions, init }, layerKey));
    return {
      items: embedding({ count: items + 2, dimensions, init }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: keys.slice(4).map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
      attributes: embedding({ count: attributes.names.length, dimensions, init }, attributeKey),
      pretraining: { associatedAttributes: aap, maskedItem: mip, maskedAttributes: map, segment: sp },
    };
  });
}

/** An S3-Rec with fresh parameters. Pre-train it with `pretrain`, then train it with `train`. */
export function s3Rec(
  options: S3RecOptions,
  key: tf.Tensor1D,
): PretrainableModel & { parameters: S3RecParameters } {
  const complete = { ...S3REC_DEFAULTS, ...options };
  const { items, attributes, dimensions, blocks, maskRatio, objectives } = complete;
  if (blocks < 1) throw new Error(`S3-Rec needs at least one block, got ${blocks}.`);
  tf.tidy(() => attributeTensor(attributes, items)); // complains now, not in the first step
  const parameters = s3RecParameters(complete, key);
  const encoder = (causal: boolean, keys?: KeyStream) => (batch: Histories, read: "last" | "all") =>
    runEncoder(parameters, complete, batch, { read, causal }, keys);
  const model = tiedSoftmaxModel({
    name: "S3-Rec",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode: (batch, keys) => encoder(true, keys)(batch, "last").reshape([-1, dimensions]),
    encodeAll: (batch, keys) => encoder(true, keys)(batch, "all"),
  });
  return {
    ...model,
    parameters,
    score: (batch) => model.score(batch).slice([0, 0], [-1, items + 1]),
    pretrainLoss(batch, lossKey) {
      const keys = keyStream(lossKey);
      const views = pretrainingViews(batch, { items, maskRatio }, keys);
      const flags = attributeTensor(attributes, items);
      const losses = pretrainingLosses(parameters, encoder(false, keys), batch, views, flags);
      const names = Object.keys(objectives) as (keyof PretrainingLosses)[];
      return tf.addN(names.map((name) => losses[name].mul<tf.Scalar>(objectives[name])));
    },
  };
}

type Histories = Pick<TrainingBatch, "items" | "lengths">;

/** The encoder's output at the last real position, [B, 1, d], or at all of them, [B, L, d]. */
function runEncoder(
  parameters: S3RecParameters,
  options: Required<S3RecOptions>,
  batch: Histories,
  how: { readonly read: "last" | "all"; readonly causal: boolean },
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const embedded = applyEmbedding(parameters.items, batch.items, { padding: 0 });
  const hidden = positionedInput("S3-Rec", embedded, parameters, options, keys);
  return runTransformer(parameters.blocks, hidden, batch, { ...options, ...how }, keys);
}
