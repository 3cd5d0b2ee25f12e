import type { tf } from "../tensor";
import { silu } from "../tensor/ops/activations";
import { applyRmsNorm, type RmsNorm } from "./rmsNorm";

/**
 * RMSNorm(x ⊙ SiLU(gate)): the gate acts first, so that the norm sees what it lets through.
 * @param x     [.., d]
 * @param gate  [.., d], before its activation
 * @see T. Dao and A. Gu, Transformers are SSMs, ICML 2024, section 7.1
 */
export function applyGatedRmsNorm(
  norm: RmsNorm<tf.Tensor>,
  x: tf.Tensor,
  gate: tf.Tensor,
  epsilon = 1e-5,
): tf.Tensor {
  return applyRmsNorm(norm, x.mul(silu(gate)), epsilon);
}
