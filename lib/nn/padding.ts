import { tf } from "../tensor";

/** Zeros before and after along one axis. */
export function padAxis<T extends tf.Tensor>(x: T, axis: number, before: number, after: number): T {
  if (before === 0 && after === 0) return x;
  const paddings = x.shape.map((_, index): [number, number] => (index === axis ? [before, after] : [0, 0]));
  return tf.pad(x, paddings) as T;
}
