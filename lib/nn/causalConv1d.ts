import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { type Initializer, parameter, uniformInit, zeros } from "./initializers";
import { padAxis } from "./padding";

/** Parameters of a causal depthwise convolution over time. */
export type CausalConv1d<T extends tf.Tensor = tf.Variable> = {
  /** [width, channels]; the last row meets the current position. */
  readonly weight: T;
  /** [channels] */
  readonly bias: T;
};

export interface CausalConv1dOptions {
  readonly channels: number;
  /** Number of positions that a result sees: itself and width - 1 before it. */
  readonly width: number;
  /** Default U(±1/√width), as torch.nn.Conv1d with one channel a group. */
  readonly init?: Initializer;
  /** Default 0. */
  readonly biasInit?: Initializer;
}

export function causalConv1d(
  { channels, width, init = uniformInit(1 / Math.sqrt(width)), biasInit = zeros }: CausalConv1dOptions,
  key: tf.Tensor1D,
): CausalConv1d {
  return tf.tidy(() => {
    const [weightKey, biasKey] = Rng.split(key, 2);
    return {
      weight: parameter(init, weightKey, [width, channels]),
      bias: parameter(biasInit, biasKey, [channels]),
    };
  });
}

/**
 * y_t = bias + Σ_j w_j ⊙ x_{t - (width - 1) + j}, zeros before the start; each channel on its own.
 *
 * Written as `width` shifted multiply-adds: for the widths in use (4) that is one pass over memory when fused, and
 * TensorFlow has no depthwise convolution over one axis.
 *
 * @param x [B, L, channels]
 * @returns [B, L, channels]
 */
export function applyCausalConv1d({ weight, bias }: CausalConv1d<tf.Tensor>, x: tf.Tensor3D): tf.Tensor3D {
  const [batch, length, channels] = x.shape;
  const width = weight.shape[0];
  if (weight.shape[1] !== channels) {
    throw new Error(`applyCausalConv1d: x [${x.shape}] does not fit the weight [${weight.shape}].`);
  }
  const padded = padAxis(x, 1, width - 1, 0);
  const taps = tf.unstack(weight, 0); // width × [channels]
  const terms = taps.map((tap, j) => padded.slice([0, j, 0], [batch, length, channels]).mul(tap));
  return tf.addN(terms).add(bias) as tf.Tensor3D;
}
