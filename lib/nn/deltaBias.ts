import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import type { Initializer } from "./initializers";

/** A step below this is taken as this: Mamba's `dt_init_floor`. */
const SMALLEST_STEP = 1e-4;

/**
 * Mamba's first value of the bias in front of the softplus that gives Δ: such that Δ starts log-uniform in [least, most].
 * @see A. Gu and T. Dao, Mamba, 2023, section 3.6
 */
export function deltaBiasInit(least = 1e-3, most = 1e-1): Initializer {
  return (key, shape) => {
    const logDelta = Rng.uniform(key, shape, Math.log(least), Math.log(most));
    const delta = tf.maximum(tf.exp(logDelta), SMALLEST_STEP);
    // The inverse of softplus, log(e^Δ - 1), in the form that does not cancel for small Δ.
    return delta.add(tf.log(tf.neg(tf.expm1(delta.neg()))));
  };
}
