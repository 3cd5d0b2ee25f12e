import {
  addAndNorm,
  applyDropout,
  applyEmbedding,
  applyFeedForwardSublayer,
  applyLayerNorm,
  attentionMask,
  type Embedding,
  embedding,
  type KeyStream,
  layerNorm,
  normalInit,
  transformerBlock,
} from "../../nn";
import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { personalIntervals } from "./eventTimes";
import { applyIntervalAttention, type RelationTables } from "./intervalAttention";
import { type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";

/*
 * TiSASRec: J. Li, Y. Wang and J. McAuley, Time Interval Aware Self-Attention for Sequential Recommendation, WSDM 2020.
 *
 * Reference code: the authors' (JiachengLi1995/TiSASRec), model.py, modules.py and util.py, for the attention; for all around it
 * RecBole's reading of SASRec, as the time-aware comparisons of TiM4Rec (AlwaysFHao/TiM4Rec, baseline/TiSASRec) have it: post-norm
 * blocks, an output layer behind the attention, a GELU feed-forward network, cross-entropy over all items.
 *
 * As in the authors' code, positions are added to keys and values and not to the input, the four tables serve all blocks, and a
 * user's intervals are counted in the user's own smallest gap.
 *
 * Deviations from the authors' code, other than those:
 * - The unit of the intervals is the smallest gap that a query knows within its window (see `personalIntervals`). There it is the
 *   smallest of the user's whole history, validation and test events included, and times are rounded to units before they are
 *   subtracted, where the paper rounds the quotient down.
 * - The dropout of the four tables is drawn once a batch, not once for each pair of positions.
 * - Only the last real position is read of prefix batches: the last block computes its query alone. The numbers are the same.
 */

export interface TiSasRecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** L: the longest history, which sizes the position tables. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of the input, the tables, each sublayer's output, and attention weights. */
  readonly dropout?: number;
  /** Intervals above it count as it: the tables have a row more. */
  readonly largestInterval?: number;
  /**
   * Whether a query is dated by the event it predicts, so that the model knows the time of prediction. Off, as in the paper. On, it is
   * a fair opponent for models that are given that time.
   */
  readonly servingTime?: boolean;
  /** Standard deviation of every initial weight matrix and embedding. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
  /** `position` trains on all positions of a window in one pass. */
  readonly batches?: "prefix" | "position";
}

/** The values of TiM4Rec's baseline/TiSASRec/config.yaml. */
export const TISASREC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  heads: 4,
  inner: 256,
  dropout: 0.2,
  largestInterval: 256,
  servingTime: false,
  initialDeviation: 0.02,
  epsilon: 1e-12,
  batches: "prefix",
} as const;

export type TiSasRecParameters = ReturnType<typeof tiSasRecParameters>;

function tiSasRecParameters(options: Required<TiSasRecOptions>, key: tf.Tensor1D) {
  const { items, windowLength, dimensions, blocks, inner, largestInterval, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, ...keys] = Rng.split(key, 5 + blocks);
    const table = (count: number, index: number) => embedding({ count, dimensions, init }, keys[index]);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      positionKeys: table(windowLength, 0),
      positionValues: table(windowLength, 1),
      intervalKeys: table(largestInterval + 1, 2),
      intervalValues: table(largestInterval + 1, 3),
      inputNorm: layerNorm({ dimensions }),
      blocks: keys.slice(4).map((blockKey) => transformerBlock({ dimensions, inner, init }, blockKey)),
    };
  });
}

/** A TiSASRec with fresh parameters. */
export function tiSasRec(
  options: TiSasRecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: TiSasRecParameters } {
  const complete = { ...TISASREC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`TiSASRec needs at least one block, got ${complete.blocks}.`);
  const parameters = tiSasRecParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "TiSASRec",
    parameters,
    itemTable: parameters.items.table,
    batches: complete.batches,
    encode: (batch, keys) =>
      runBlocks(parameters, complete, batch, "last", keys).reshape([-1, complete.dimensions]),
    encodeAll: (batch, keys) => runBlocks(parameters, complete, batch, "all", keys),
  });
  return { ...model, parameters };
}

/** The last block's output at the last real position, [B, 1, d], or at all of them, [B, L, d]. */
function runBlocks(
  parameters: TiSasRecParameters,
  { heads, dropout, epsilon, largestInterval, servingTime }: Required<TiSasRecOptions>,
  { items, lengths, gaps }: SequenceInput,
  read: "last" | "all",
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const tables = relationTables(parameters, items.shape[1], dropout, keys);
  const intervals = personalIntervals(gaps, { servingTime, largest: largestInterval }); // [B, L, L]
  const causalMask = attentionMask(items, { causal: true });
  const last = lengths.sub(tf.scalar(1, "int32")).expandDims<tf.Tensor2D>(1);
  const options = { dropoutRate: dropout, epsilon, keys };

  // H = Dropout(LN(E[ids]))
  const embedded = applyEmbedding(parameters.items, items, { padding: 0 });
  const input = applyDropout(applyLayerNorm(parameters.inputNorm, embedded, epsilon), dropout, keys);
  return parameters.blocks.reduce((hidden, block, index) => {
    const lastOnly = read === "last" && index === parameters.blocks.length - 1;
    const queries = lastOnly ? (selectPositions(hidden, last) as tf.Tensor3D) : hidden;
    const elapsed = lastOnly ? gather<tf.Tensor3D>(intervals, last, 1, 1) : intervals;
    // The last position sees every key that is not padding: its mask is the key mask alone.
    const mask = lastOnly ? attentionMask(items, { causal: false }) : causalMask;
    const attention = { heads, mask, dropoutRate: dropout, keys };
    // H = LN(H + Dropout(Attention(H)));  H = LN(H + Dropout(FFN(H)))
    const attended = applyIntervalAttention(block.attention, tables, queries, hidden, elapsed, attention);
    const mixed = addAndNorm(block.attentionNorm, queries, attended, options);
    return applyFeedForwardSublayer(block, mixed, options) as tf.Tensor3D;
  }, input as tf.Tensor3D);
}

/** The tables under dropout, those of positions cut to the window. */
function relationTables(
  parameters: TiSasRecParameters,
  length: number,
  dropout: number,
  keys: KeyStream | undefined,
): RelationTables {
  const longest = parameters.positionKeys.table.shape[0];
  if (length > longest) {
    throw new Error(`TiSASRec: histories of ${length} items, but the position tables hold ${longest}.`);
  }
  const ofPositions = ({ table }: Embedding) =>
    applyDropout(table.slice([0, 0], [length, -1]), dropout, keys) as tf.Tensor2D;
  const ofIntervals = ({ table }: Embedding) => applyDropout(table, dropout, keys) as tf.Tensor2D;
  return {
    positionKeys: ofPositions(parameters.positionKeys),
    positionValues: ofPositions(parameters.positionValues),
    intervalKeys: ofIntervals(parameters.intervalKeys),
    intervalValues: ofIntervals(parameters.intervalValues),
  };
}
