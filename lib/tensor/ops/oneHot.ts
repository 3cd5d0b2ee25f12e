import * as tf from "@tensorflow/tfjs";

/**
 * One at the index, zeros elsewhere; all zeros where the index is out of range.
 * @param indices  [..] int32
 * @returns [.., depth]
 */
export function oneHot<T extends tf.Tensor = tf.Tensor>(
  indices: tf.Tensor,
  depth: number,
  dtype: "float32" | "int32" | "bool" = "float32",
): T {
  return tf.oneHot(indices, depth, 1, 0, dtype) as T;
}
