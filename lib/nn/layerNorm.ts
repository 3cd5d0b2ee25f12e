import { tf } from "../tensor";
import { layerNorm as normalise } from "../tensor/ops/norms";
import { ones, parameter, zeros } from "./initializers";

/** Parameters of layer normalisation over the last axis. */
export type LayerNorm<T extends tf.Tensor = tf.Variable> = {
  /** γ [d], starts at 1. */
  readonly gain: T;
  /** β [d], starts at 0. */
  readonly bias: T;
};

export function layerNorm({ dimensions }: { dimensions: number }): LayerNorm {
  return tf.tidy(() => {
    const unused = tf.tensor1d([0, 0], "int32");
    return { gain: parameter(ones, unused, [dimensions]), bias: parameter(zeros, unused, [dimensions]) };
  });
}

/**
 * γ (x - mean) / √(variance + ε) + β over the last axis: Ba et al. 2016.
 * @param x [..., d]
 */
export function applyLayerNorm(
  { gain, bias }: LayerNorm<tf.Tensor>,
  x: tf.Tensor,
  epsilon = 1e-5,
): tf.Tensor {
  return normalise(x, gain, bias, epsilon);
}
