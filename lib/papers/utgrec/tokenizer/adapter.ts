import { applyDense, type Dense, dense } from "../../../nn/dense";
import { applyDropout, type KeyStream } from "../../../nn/dropout";
import { silu, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { scaledNormal } from "./encoder/preNormBlock";

export interface AdapterOptions {
  /** d, of the encoder. */
  readonly dimensions: number;
  /** Width between the two layers: half of d in the paper; default d. */
  readonly hidden: number;
  /** d_c, of the codes. */
  readonly codeDimensions: number;
  /** Before each layer. */
  readonly dropout: number;
}

export type AdapterWeights<T extends tf.Tensor = tf.Variable> = {
  readonly expand: Dense<T>;
  readonly contract: Dense<T>;
};

/** Takes the encoder's vectors to the space of the codes. */
export interface Adapter<T extends tf.Tensor = tf.Variable> {
  readonly options: AdapterOptions;
  readonly weights: AdapterWeights<T>;
}

export function adapter(
  options: Pick<AdapterOptions, "dimensions" | "codeDimensions"> & Partial<AdapterOptions>,
  key: tf.Tensor1D,
): Adapter {
  const complete: AdapterOptions = { hidden: options.dimensions, dropout: 0.1, ...options };
  const { dimensions, hidden, codeDimensions } = complete;
  const weights = tf.tidy(() => {
    const [expandKey, contractKey] = Rng.split(key, 2);
    return {
      expand: dense({ inputs: dimensions, outputs: hidden, init: scaledNormal }, expandKey),
      contract: dense({ inputs: hidden, outputs: codeDimensions, init: scaledNormal }, contractKey),
    };
  });
  return { options: complete, weights };
}

/**
 * h' = Dropout(SiLU(Dropout(H) W₁ + b₁)) W₂ + b₂
 * @param H     [B, L, d]
 * @param keys  of the dropout; absent: evaluation
 * @returns [B, L, d_c]
 * @see UTGRec, arXiv:2504.04405; sizes and dropout are those of the authors' model.py
 */
export function applyAdapter(
  { options: { dropout }, weights: { expand, contract } }: Adapter<tf.Tensor>,
  H: tf.Tensor3D,
  keys?: KeyStream,
): tf.Tensor3D {
  const hidden = silu(applyDense(expand, applyDropout(H, dropout, keys)));
  return applyDense(contract, applyDropout(hidden, dropout, keys)) as tf.Tensor3D;
}

/** The layer that takes quantised vectors [B, L, d_c] to what both decoders are conditioned on, z [B, L, d]: apply it by `applyDense`. */
export function conditioning(
  { codeDimensions, dimensions }: Pick<AdapterOptions, "codeDimensions" | "dimensions">,
  key: tf.Tensor1D,
): Dense {
  return dense({ inputs: codeDimensions, outputs: dimensions, init: scaledNormal }, key);
}
