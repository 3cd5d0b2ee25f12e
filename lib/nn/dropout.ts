import type { tf } from "../tensor";
import { dropout } from "../tensor/ops/dropout";
import * as Rng from "../tensor/rng";

/**
 * Where a forward pass takes its random numbers from: every call of `next` gives a new key, the same sequence for the
 * same start. Absent means evaluation: no dropout.
 */
export interface KeyStream {
  next(): tf.Tensor1D;
}

/** The keys foldIn(key, 0), foldIn(key, 1), … */
export function keyStream(key: tf.Tensor1D): KeyStream {
  let count = 0;
  return { next: () => Rng.foldIn(key, count++) };
}

/**
 * Inverted dropout: each element is 0 with probability `rate`, else x / (1 - rate). The identity without keys or at
 * rate 0: Srivastava et al. 2014.
 */
export function applyDropout(x: tf.Tensor, rate: number, keys: KeyStream | undefined): tf.Tensor {
  return keys === undefined || rate === 0 ? x : dropout(x, rate, keys.next());
}
