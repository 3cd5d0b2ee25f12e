import { tf } from "../tensor";

export interface ClippedGradients {
  /** The gradients times min(1, maxNorm / norm), in the order given. */
  readonly gradients: tf.Tensor[];
  /** Euclidean norm of all gradients together, before clipping. */
  readonly norm: tf.Scalar;
}

/**
 * Scale gradients together so that the norm of their concatenation is at most `maxNorm`.
 *
 *     g ← g · min(1, maxNorm / (‖g‖₂ + 1e-6))
 *
 * @param gradients any shapes
 * @param maxNorm   largest allowed norm, > 0
 * @see PyTorch, torch.nn.utils.clip_grad_norm_ (the 1e-6 is its); Pascanu et al. 2013
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number): ClippedGradients {
  if (!(maxNorm > 0)) throw new Error(`clipByGlobalNorm: maxNorm must be positive, got ${maxNorm}.`);
  if (gradients.length === 0) return { gradients: [], norm: tf.scalar(0) };
  const norm = globalNorm(gradients);
  const scale = tf.minimum(tf.div(maxNorm, norm.add(1e-6)), 1);
  return { gradients: gradients.map((gradient) => gradient.mul(scale)), norm };
}

/** ‖g‖₂ over all elements of all tensors. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.addN(tensors.map((tensor) => tensor.square().sum())).sqrt() as tf.Scalar;
}
