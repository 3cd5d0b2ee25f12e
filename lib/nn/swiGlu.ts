import { tf } from "../tensor";
import { silu } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { applyDense, type Dense, dense } from "./dense";
import type { FeedForwardOptions } from "./feedForward";

/** Parameters of a gated position-wise feed-forward network; none of its layers has a bias. */
export type SwiGlu<T extends tf.Tensor = tf.Variable> = {
  readonly gate: Dense<T>;
  readonly expand: Dense<T>;
  readonly contract: Dense<T>;
};

export function swiGlu({ dimensions, inner, init }: FeedForwardOptions, key: tf.Tensor1D): SwiGlu {
  return tf.tidy(() => {
    const [gateKey, expandKey, contractKey] = Rng.split(key, 3);
    const layer = (inputs: number, outputs: number, layerKey: tf.Tensor1D) =>
      dense({ inputs, outputs, bias: false, init }, layerKey);
    return {
      gate: layer(dimensions, inner, gateKey),
      expand: layer(dimensions, inner, expandKey),
      contract: layer(inner, dimensions, contractKey),
    };
  });
}

/**
 * (SiLU(x W_g) ⊙ x W₁) W₂
 * @param x [..., d]
 * @see N. Shazeer, GLU Variants Improve Transformer, 2020, arXiv:2002.05202, eq. 6
 */
export function applySwiGlu({ gate, expand, contract }: SwiGlu<tf.Tensor>, x: tf.Tensor): tf.Tensor {
  return applyDense(contract, silu(applyDense(gate, x)).mul(applyDense(expand, x)));
}
