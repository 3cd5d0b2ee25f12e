import type { KeyStream } from "../../nn";
import { tf } from "../../tensor";
import { cumsum } from "../../tensor/ops/cumulative";
import { noGradient } from "../../tensor/ops/custom";
import { gather } from "../../tensor/ops/gather";
import { sort } from "../../tensor/ops/topK";
import { where } from "../../tensor/ops/where";
import * as Rng from "../../tensor/rng";
import type { TrainingBatch } from "./sequentialModel";

/** The spoilt histories that S3-Rec's pre-training compares; [B, L] int32 all, padded on the right as the histories. */
export interface PretrainingViews {
  /** Items, some of them replaced by the mask token. */
  readonly masked: tf.Tensor2D;
  /** For each position an item that is not in the history. */
  readonly negatives: tf.Tensor2D;
  /** Items, all of one segment replaced by the mask token. */
  readonly context: tf.Tensor2D;
  /** That segment's items, the mask token around them. */
  readonly segment: tf.Tensor2D;
  /** As many items from anywhere in the batch, at the same positions. */
  readonly foreign: tf.Tensor2D;
}

export interface ViewOptions {
  /** V; the mask token is item V + 1. */
  readonly items: number;
  /** Probability that an item is replaced by the mask token. */
  readonly maskRatio: number;
}

const LARGEST_INT32 = 2 ** 31 - 1;
const int = (value: number) => tf.scalar(value, "int32");

/**
 * Draws the views of a batch. Rows of weight 0 lend no items to the others.
 * @see S3-Rec, Masked Item Prediction and Segment Prediction
 */
export function pretrainingViews(
  { items: history, lengths, weights }: Pick<TrainingBatch, "items" | "lengths" | "weights">,
  { items, maskRatio }: ViewOptions,
  keys: KeyStream,
): PretrainingViews {
  return noGradient(() => {
    const mask = items + 1;
    const [rows, length] = history.shape;
    const isReal = history.greater(int(0));
    const isMasked = Rng.bernoulli(keys.next(), maskRatio, history.shape).logicalAnd(isReal);

    // A segment is 1 to n/2 items long and stands anywhere in the history; a history of one item has none.
    const half = tf.floorDiv(lengths, int(2));
    const size = tf.minimum(below(half, keys.next()).add(int(1)), half);
    const start = below(lengths.sub(size).add(int(1)), keys.next()).expandDims(1); // [B, 1]
    const offset = tf.range(0, length, 1, "int32").sub(start); // [B, L], from the segment's first item
    const isInside = offset.greaterEqual(int(0)).logicalAnd(offset.less(size.expandDims(1)));
    const outside = where(isReal, mask, tf.zerosLike(history));

    const lenders = isReal.logicalAnd(weights.greater(0).expandDims(1));
    const strung = strungTogether(history, lenders); // [B L]
    const lent = lenders.toInt().sum();
    const foreignStart = below(tf.maximum(lent.sub(size).add(int(1)), int(1)), keys.next());
    const place = tf.clipByValue(foreignStart.expandDims(1).add(offset), 0, rows * length - 1).toInt();
    return {
      masked: where(isMasked, mask, history),
      negatives: absentItems(history, items, keys.next()),
      context: where(isInside, mask, history),
      segment: where(isInside, history, outside),
      foreign: where(isInside, gather(strung, place), outside),
    };
  });
}

/** A whole number in [0, count) for each count above 0, evenly; 0 for a count of 0. @param counts [B] int32, below 2^24 */
function below(counts: tf.Tensor, key: tf.Tensor1D): tf.Tensor1D {
  return tf.floor(Rng.uniform(key, counts.shape).mul(counts.toFloat())).toInt() as tf.Tensor1D;
}

/** The chosen items of all rows in one sequence, row after row; zeros behind them. @returns [B L] int32 */
function strungTogether(history: tf.Tensor2D, chosen: tf.Tensor): tf.Tensor1D {
  const flags = chosen.flatten().toInt();
  const rank = cumsum(flags).sub<tf.Tensor1D>(int(1));
  return tf.unsortedSegmentSum(
    history.flatten(),
    where<tf.Tensor1D>(chosen.flatten(), rank, -1),
    history.size,
  );
}

/**
 * For each position an item that is nowhere in its row, all such items with the same probability; item V, where a row has all.
 *
 * With s_0 < s_1 < … the items of the row, the u-th of the others is u + #{k : s_k - k ≤ u}: every item of the row that stands before it
 * moves it on by one.
 *
 * @param history [B, L] int32 @param items V @returns [B, L] int32, in 1..V
 */
export function absentItems(history: tf.Tensor2D, items: number, key: tf.Tensor1D): tf.Tensor2D {
  return noGradient(() => {
    const [rows, length] = history.shape;
    const ascending = sort(where<tf.Tensor2D>(history.greater(int(0)), history, LARGEST_INT32));
    const before = tf.pad2d(ascending.slice([0, 0], [rows, length - 1]), [
      [0, 0],
      [1, 0],
    ]);
    const distinct = sort(where(ascending.equal(before), LARGEST_INT32, ascending)); // [B, L]
    const absent = int(items).sub(distinct.less(int(LARGEST_INT32)).toInt().sum(1, true)); // [B, 1]
    const draws = tf.floor(Rng.uniform(key, history.shape).mul(absent.toFloat())).toInt().add(int(1));
    const thresholds = distinct.sub(tf.range(0, length, 1, "int32")).expandDims(1); // s_k - k, [B, 1, L]
    const passed = thresholds.lessEqual(draws.expandDims(2)).toInt().sum(2);
    return tf.minimum(draws.add(passed), int(items)) as tf.Tensor2D;
  });
}
