import { tf } from "../tensor";
import { rmsNorm as normalise } from "../tensor/ops/norms";

/** Parameters of root-mean-square normalisation over the last axis. */
export type RmsNorm<T extends tf.Tensor = tf.Variable> = {
  /** w [d], starts at 1. */
  readonly weight: T;
};

export function rmsNorm({ dimensions }: { dimensions: number }): RmsNorm {
  return tf.tidy(() => ({ weight: tf.variable(tf.ones([dimensions])) }));
}

/**
 * w x / √(mean(x²) + ε) over the last axis: Zhang and Sennrich 2019.
 * @param x [..., d]
 */
export function applyRmsNorm({ weight }: RmsNorm<tf.Tensor>, x: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  return normalise(x, weight, epsilon);
}
