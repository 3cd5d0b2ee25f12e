import {
  addAndNorm,
  applyCircularFilter,
  applyCircularFilterLast,
  applyEmbedding,
  applyFeedForwardSublayer,
  circularFilter,
  embedding,
  feedForwardSublayer,
  type KeyStream,
  layerNorm,
  normalInit,
} from "../../nn";
import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import { type SequentialModel, tiedSoftmaxModel } from "./sequentialModel";
import { positionedInput } from "./transformer";

/*
 * FMLP-Rec: K. Zhou et al., Filter-enhanced MLP is All You Need for Sequential Recommendation, WWW 2022.
 *
 * Reference code: the authors' (Woeee/FMLP-Rec), models.py and modules.py: SASRec with each attention replaced by a learnt filter
 * in the frequency domain.
 *
 * The filter is circular: position t sees all positions, those after it, too. So the model reads one vector a history, of the last
 * position, and the padding must stand on the left: the end of the history is then at the same place for every length. Batches are
 * padded on the right; the ids are moved here. As in the reference code, nothing masks the padding: its positions pass through the filter.
 *
 * Deviations from the reference code:
 * - Cross-entropy over all items, as RecBole's models have it, in place of binary cross-entropy against one sampled negative.
 * - The vector of a padded position is 0 before the position's own is added. There it is the padding row's, which keeps its random
 *   first value; here the softmax over the table's rows would move that row, and the input with it.
 * - Only the last position is read, so the last block computes its filter, feed-forward network and norms there alone. The numbers
 *   are the same.
 */

export interface FmlpRecOptions {
  /** V: ids are 1..V. */
  readonly items: number;
  /** L: the longest history. Every history is padded to it, for the filters fit one length. */
  readonly windowLength: number;
  /** d. */
  readonly dimensions?: number;
  readonly blocks?: number;
  /** Width of the feed-forward network. */
  readonly inner?: number;
  /** Of the input and of each sublayer's output. */
  readonly dropout?: number;
  /** Standard deviation of every initial weight matrix, embedding and filter. */
  readonly initialDeviation?: number;
  /** Of the layer norms. */
  readonly epsilon?: number;
}

/** The values of the authors' main.py. */
export const FMLPREC_DEFAULTS = {
  dimensions: 64,
  blocks: 2,
  inner: 256,
  dropout: 0.5,
  initialDeviation: 0.02,
  epsilon: 1e-12,
} as const;

export type FmlpRecParameters = ReturnType<typeof fmlpRecParameters>;

function fmlpRecParameters(options: Required<FmlpRecOptions>, key: tf.Tensor1D) {
  const { items, windowLength, dimensions, blocks, inner, initialDeviation } = options;
  const init = normalInit(initialDeviation);
  return tf.tidy(() => {
    const [itemKey, positionKey, ...blockKeys] = Rng.split(key, 2 + blocks);
    return {
      items: embedding({ count: items + 1, dimensions, init }, itemKey),
      positions: embedding({ count: windowLength, dimensions, init }, positionKey),
      inputNorm: layerNorm({ dimensions }),
      blocks: blockKeys.map((blockKey) => {
        const [filterKey, feedForwardKey] = Rng.split(blockKey, 2);
        return {
          filter: circularFilter({ length: windowLength, dimensions, init }, filterKey),
          filterNorm: layerNorm({ dimensions }),
          ...feedForwardSublayer({ dimensions, inner, init }, feedForwardKey),
        };
      }),
    };
  });
}

/** An FMLP-Rec with fresh parameters. */
export function fmlpRec(
  options: FmlpRecOptions,
  key: tf.Tensor1D,
): SequentialModel & { parameters: FmlpRecParameters } {
  const complete = { ...FMLPREC_DEFAULTS, ...options };
  if (complete.blocks < 1) throw new Error(`FMLP-Rec needs at least one block, got ${complete.blocks}.`);
  const parameters = fmlpRecParameters(complete, key);
  const model = tiedSoftmaxModel({
    name: "FMLP-Rec",
    parameters,
    itemTable: parameters.items.table,
    encode: (batch, keys) => encode(parameters, complete, batch, keys),
  });
  return { ...model, parameters };
}

function encode(
  parameters: FmlpRecParameters,
  options: Required<FmlpRecOptions>,
  { items, lengths }: SequenceInput,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const { dropout, epsilon, windowLength, blocks, dimensions } = options;
  const ids = leftPadded(items, lengths, windowLength);
  const isItem = ids.greater(tf.scalar(0, "int32")).toFloat().expandDims(2);
  const embedded = applyEmbedding(parameters.items, ids, { padding: 0 }).mul(isItem);
  // H = Dropout(LN(E[ids] + P))
  const input = positionedInput("FMLP-Rec", embedded, parameters, options, keys);
  const last = parameters.blocks.reduce((hidden, block, index) => {
    const isLast = index === blocks - 1;
    const filtered = (isLast ? applyCircularFilterLast : applyCircularFilter)(block.filter, hidden);
    const read = isLast ? hidden.slice([0, windowLength - 1, 0], [-1, 1, -1]) : hidden;
    // H = LN(H + Dropout(F⁻¹(W ⊙ F(H))));  H = LN(H + Dropout(FFN(H)))
    const norm = { dropoutRate: dropout, epsilon, keys };
    const mixed = addAndNorm(block.filterNorm, read, filtered, norm);
    return applyFeedForwardSublayer(block, mixed, norm) as tf.Tensor3D;
  }, input);
  return last.reshape([-1, dimensions]);
}

/**
 * Moves each history to the end of a window.
 * @param items    [B, L'] int32, padded on the right
 * @param lengths  [B] int32, n ≤ L
 * @param length   L
 * @returns [B, L] int32
 */
function leftPadded(items: tf.Tensor2D, lengths: tf.Tensor1D, length: number): tf.Tensor2D {
  const width = items.shape[1];
  if (width > length) {
    throw new Error(`FMLP-Rec: histories of ${width} items, but the filters are ${length} long.`);
  }
  const shift = tf.sub(tf.scalar(length, "int32"), lengths).expandDims(1);
  const source = tf.range(0, length, 1, "int32").expandDims(0).sub(shift); // [B, L]; negative: padding
  const found = gather(items, source.clipByValue(0, width - 1).toInt(), 1, 1);
  return found.mul(source.greaterEqual(tf.scalar(0, "int32")).toInt());
}
