import * as tf from "@tensorflow/tfjs";

/**
 * Joins tensors along an axis. Scalars are joined to a vector (TensorFlow's own op refuses them).
 * @param tensors  of one rank and dtype, equal in every other axis
 * @throws naming the tensors that do not fit
 */
export function concat<T extends tf.Tensor = tf.Tensor>(tensors: readonly tf.Tensor[], axis = 0): T {
  if (tensors.length === 0) throw new Error("concat: there is nothing to join.");
  const [{ rank, dtype }] = tensors;
  if (tensors.some((tensor) => tensor.rank !== rank || tensor.dtype !== dtype)) {
    const found = tensors.map((tensor) => `${tensor.dtype} [${tensor.shape}]`).join(", ");
    throw new Error(`concat: the tensors must have one rank and dtype; they are ${found}.`);
  }
  if (rank === 0) return tf.stack([...tensors]) as unknown as T;
  return tf.concat([...tensors], axis) as T;
}
