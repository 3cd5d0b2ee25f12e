import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { where } from "../../tensor/ops/where";
import * as Rng from "../../tensor/rng";
import { nextItemLoss } from "./sequentialModel";

export interface SampledSoftmaxOptions {
  /** How many items a target is told from. Where there are no more items than that, it is all of them. */
  readonly negatives: number;
  /** τ, what cosines are divided by. */
  readonly temperature: number;
}

/** Takes a negative that is the target itself out of the softmax. */
const BLOCKED = -5e4;

/** x / ‖x‖ over the last axis. @param x [..., d] */
export function unitLength<T extends tf.Tensor>(x: T): T {
  return x.mul(tf.rsqrt(tf.maximum(x.square().sum(-1, true), 1e-12)));
}

/** cos(o, e) / τ of every item: [N, V + 1]. @param outputs [N, d], of unit length */
export function cosineLogits(outputs: tf.Tensor2D, itemTable: tf.Tensor, temperature: number): tf.Tensor2D {
  const items = unitLength(itemTable) as tf.Tensor2D;
  return tf.matMul(outputs, items, false, true).div(temperature);
}

/**
 * Weighted mean of -log softmax over the target and a sample of other items, each by cos(o, e) / τ. The items are drawn uniformly and
 * with replacement, once for all rows; where one is a row's target, it does not count for that row.
 *
 * @param outputs    [N, d], of unit length
 * @param itemTable  [V + 1, d]; row 0, padding, is never drawn
 * @param targets    [N] int32; 0 where there is none, which needs a weight of 0
 * @param weights    [N]
 */
export function sampledSoftmaxLoss(
  outputs: tf.Tensor2D,
  itemTable: tf.Tensor,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  { negatives, temperature }: SampledSoftmaxOptions,
  key: tf.Tensor1D,
): tf.Scalar {
  const items = itemTable.shape[0] - 1;
  if (items <= negatives) {
    const logits = cosineLogits(outputs, itemTable.slice([1, 0]), temperature);
    return nextItemLoss(logits, tf.relu(targets.sub<tf.Tensor1D>(tf.scalar(1, "int32"))).toInt(), weights);
  }
  const drawn = Rng.randint<tf.Tensor1D>(key, [negatives], 1, items + 1);
  const others = cosineLogits(outputs, gather(itemTable, drawn), temperature); // [N, K]
  const isTarget = targets.expandDims(1).equal(drawn.expandDims(0));
  const own = outputs
    .mul(unitLength(gather(itemTable, targets)))
    .sum(1, true)
    .div(temperature); // [N, 1]
  const logits = tf.concat([own, where(isTarget, BLOCKED, others)], 1) as tf.Tensor2D;
  return nextItemLoss(logits, tf.zerosLike(targets), weights);
}
