import * as tf from "@tensorflow/tfjs";
import { positiveAxis, sizeOf } from "./custom";

/**
 * Slices of `x` along one axis, chosen by index; rows of an embedding table, for instance.
 * @param x          [batch.., outer.., n, inner..], n at `axis`
 * @param indices    [batch.., k..] int32, in [0, n)
 * @param axis       the axis of `x` that is indexed
 * @param batchDims  how many leading axes `x` and `indices` share; each element of them indexes its own part of `x`
 * @returns [batch.., outer.., k.., inner..]
 * @throws where an index is out of range on a CPU; a compiled function (XLA) clamps it
 */
export function gather<T extends tf.Tensor = tf.Tensor>(
  x: tf.Tensor,
  indices: tf.Tensor,
  axis = 0,
  batchDims = 0,
): T {
  const at = positiveAxis(axis, x.rank, "gather");
  if (indices.dtype !== "int32") throw new Error(`gather: indices must be int32, not ${indices.dtype}.`);
  return tf.gather(x, indices, at, batchDims) as T;
}

/**
 * The transpose of {@link gather}: adds each slice of `dy` to the place it was gathered from.
 * @param dy     [batch.., outer.., k.., inner..]
 * @param shape  of the result, [batch.., outer.., n, inner..]
 */
export function scatterAdd(
  dy: tf.Tensor,
  indices: tf.Tensor,
  shape: readonly number[],
  axis: number,
  batchDims: number,
): tf.Tensor {
  const batch = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, axis));
  const n = shape[axis];
  const inner = shape.slice(axis + 1);
  const chosen = indices.size / batch;
  let rows = tf.reshape(indices, [indices.size]);
  if (batch * outer > 1) {
    // One long table instead of batch * outer short ones: row i of table t is row t * n + i.
    const starts = tf.reshape(tf.range(0, batch * outer * n, n, "int32"), [batch, outer, 1]);
    rows = tf.reshape(tf.add(tf.reshape(indices, [batch, 1, chosen]), starts), [batch * outer * chosen]);
  }
  const values = tf.reshape(dy, [batch * outer * chosen, ...inner]);
  const table = tf.unsortedSegmentSum(values, rows as tf.Tensor1D, batch * outer * n);
  return tf.reshape(table, [...shape]);
}

/** Replaces tfjs's, which transposes the whole gradient twice and unrolls a batch into slices. */
export const gatherGradient: tf.GradConfig = {
  kernelName: "GatherV2",
  inputsToSave: ["x", "indices"],
  gradFunc: (dy, saved, attributes) => {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    const { axis, batchDims = 0 } = attributes as { axis: number; batchDims?: number };
    return {
      x: () => scatterAdd(dy as tf.Tensor, indices, x.shape, positiveAxis(axis, x.rank, "gather"), batchDims),
      indices: () => tf.zeros(indices.shape),
    };
  },
};

/** Replaces tfjs's, which makes a mask of the whole gradient's size. Negative segments are dropped. */
export const segmentSumGradient: tf.GradConfig = {
  kernelName: "UnsortedSegmentSum",
  inputsToSave: ["segmentIds"],
  gradFunc: (dy, saved) => {
    const [segments] = saved as [tf.Tensor1D];
    return {
      x: () => {
        const rows = gather(dy as tf.Tensor, tf.relu(segments));
        const kept = tf.cast(tf.greaterEqual(segments, tf.scalar(0, "int32")), "float32");
        return tf.mul(rows, tf.reshape(kept, [segments.size, ...Array<number>(rows.rank - 1).fill(1)]));
      },
      segmentIds: () => tf.zeros(segments.shape),
    };
  },
};
