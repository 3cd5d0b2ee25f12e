import { noGradient, tf, where } from "../../tensor";
import { cumsum } from "../../tensor/ops/cumulative";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";

type Histories = Pick<SequenceInput, "items" | "lengths">;

/**
 * Histories that items are left out of, each with the same chance but the first, which stays; what is left closes up.
 * @param ratio chance of being left out
 * @see UniSRec's code, the augmentation "item drop"
 */
export function dropItems({ items }: Histories, ratio: number, key: tf.Tensor1D): Histories {
  return noGradient(() => {
    const [rows, length] = items.shape;
    const columns = tf.range(0, length, 1, "int32").expandDims(0);
    const isFirst = columns.equal(tf.scalar(0, "int32"));
    const isKept = Rng.bernoulli(key, 1 - ratio, items.shape)
      .logicalOr(isFirst)
      .logicalAnd(items.greater(tf.scalar(0, "int32")));
    const flags = isKept.toInt() as tf.Tensor2D;
    const place = cumsum(flags, 1).sub(tf.scalar(1, "int32")); // where an item comes to stand
    const row = tf.range(0, rows, 1, "int32").expandDims(1);
    // Of all rows in one sequence; -1 is no place.
    const places = where(isKept, place.add(row.mul(tf.scalar(length, "int32"))), -1);
    const closed = tf.unsortedSegmentSum(items.flatten(), places.flatten() as tf.Tensor1D, rows * length);
    return { items: closed.reshape([rows, length]), lengths: flags.sum(1) };
  });
}
