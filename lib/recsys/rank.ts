import { tf } from "../tensor";

/**
 * Full ranking: the rank of each target among all items, `1 + #{other items with score >= the target's}`. Ties count against the
 * target, so a model that gives every item one score ranks every target last; NaN scores count against it too.
 * Items already seen stay in (RecBole's rule for sequential models). Traceable.
 *
 * @param scores   [B, V + 1]; column 0, the padding item, does not take part
 * @param targets  [B] int32, 1..V
 * @returns [B] int32, 1..V
 * @see RecBole, full-sort evaluation
 */
export function rankOfTargets(scores: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const [batch, columns] = scores.shape;
  if (targets.shape.length !== 1 || targets.shape[0] !== batch) {
    throw new Error(
      `rankOfTargets: scores [${scores.shape}] need targets [${batch}]; got [${targets.shape}].`,
    );
  }
  return tf.tidy(() => {
    const column = tf.range(0, columns, 1, "int32").expandDims(0); // [1, V + 1]
    const isTarget = tf.equal(column, targets.expandDims(1)); // [B, V + 1]
    const own = tf.where(isTarget, scores, tf.zerosLike(scores)).sum(1, true); // [B, 1]
    const ahead = tf.logicalNot(tf.less(scores, own)); // also where either is NaN
    const others = tf.logicalAnd(tf.logicalNot(isTarget), tf.greater(column, tf.scalar(0, "int32")));
    return tf
      .logicalAnd(ahead, others)
      .cast("int32")
      .sum(1)
      .add(tf.scalar(1, "int32"))
      .cast("int32") as tf.Tensor1D;
  });
}
