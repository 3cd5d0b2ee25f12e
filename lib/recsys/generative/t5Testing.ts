import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { T5Batch } from "./t5";
import { type T5, type T5Options, t5 } from "./t5Parameters";

/** A small T5 for tests, without dropout unless asked for. */
export function smallT5(options: Partial<T5Options> = {}): T5 {
  const sizes = { vocabulary: 11, dimensions: 8, inner: 12, heads: 2, headDimensions: 3, layers: 2 };
  return t5({ ...sizes, buckets: 8, maxDistance: 6, dropout: 0, ...options }, Rng.key(5));
}

/** Two inputs of 7 and 4 ids, padded to 7, and labels of 4. */
export function smallBatch(): T5Batch {
  return {
    inputs: tf.tensor2d([9, 1, 4, 7, 2, 5, 10, 9, 3, 6, 10, 0, 0, 0], [2, 7], "int32"),
    labels: tf.tensor2d([1, 4, 8, 10, 3, 5, 7, 10], [2, 4], "int32"),
  };
}
