import * as tf from "@tensorflow/tfjs";
import { positiveAxis } from "./custom";
import { scatterAdd } from "./gather";

/** The k largest elements of each row, largest first, and where they stood. */
export interface TopK<T extends tf.Tensor = tf.Tensor> {
  /** [.., k]; the gradient flows to the chosen elements. */
  values: T;
  /** [.., k] int32 */
  indices: T;
}

/**
 * The k largest elements along the last axis, in descending order; equal ones in the order of their index.
 * @param x  [.., n]
 * @throws where k is larger than n
 */
export function topK<T extends tf.Tensor>(x: T, k: number): TopK<T> {
  return tf.topk(x, k, true);
}

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** Default: the last axis. */
  axis?: number;
  /** Default: ascending. */
  descending?: boolean;
}

/** Sorts along one axis; equal elements keep their order. The gradient is permuted back. */
export function sort<T extends tf.Tensor>(x: T, options: SortOptions = {}): T {
  return ordered(x, options).values;
}

/** The int32 indices that sort along one axis; equal elements keep their order. */
export function argsort<T extends tf.Tensor>(x: T, options: SortOptions = {}): T {
  return ordered(x, options).indices;
}

function ordered<T extends tf.Tensor>(x: T, { axis = -1, descending = false }: SortOptions): TopK<T> {
  const at = positiveAxis(axis, x.rank, "sort");
  const last = x.rank - 1;
  const permutation = x.shape.map((_, i) => i);
  [permutation[at], permutation[last]] = [last, at];
  const restore = <S extends tf.Tensor>(y: S): S => (at === last ? y : (tf.transpose(y, permutation) as S));
  const rows = restore(x);
  const { values, indices } = topK(descending ? rows : tf.neg(rows), x.shape[at]);
  return { values: restore(descending ? values : tf.neg(values)), indices: restore(indices) } as TopK<T>;
}

/** tfjs has none: the gradient of each value goes to the element it came from. */
export const topKGradient: tf.GradConfig = {
  kernelName: "TopK",
  inputsToSave: ["x"],
  outputsToSave: [false, true],
  gradFunc: (dy, saved) => {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    const [dValues] = dy as tf.Tensor[];
    return { x: () => scatterAdd(dValues, indices, x.shape, x.rank - 1, x.rank - 1) };
  },
};
