import { tf } from "../tensor";

/**
 * Inputs of worked numbers: element k (row by row) is 0.8 sin(1.7 k + seed). The expected values beside them are those of PyTorch 2.15 in
 * float64 with the same weights, transposed, as its layers store them.
 */
export function wave<T extends tf.Tensor>(shape: readonly number[], seed: number): T {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, k) => 0.8 * Math.sin(1.7 * k + seed));
  return tf.tensor(values, [...shape]) as T;
}
