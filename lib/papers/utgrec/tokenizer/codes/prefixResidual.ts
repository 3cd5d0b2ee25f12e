import { tf } from "../../../../tensor";

/**
 * What each position adds to the one before it:
 *
 *     x_1 = h'_1;   x_l = h'_l - h'_{l-1}, l ≥ 2.
 *
 * Differences of the continuous vectors: unlike in residual quantisation, no position waits for the code of another.
 * @param h [B, L, d_c]
 * @returns [B, L, d_c]
 * @see UTGRec, arXiv:2504.04405, tree-structured codebooks
 */
export function prefixDifferences(h: tf.Tensor3D): tf.Tensor3D {
  const [B, L, d] = h.shape;
  if (L === 1) return h;
  const earlier = h.slice([0, 0, 0], [B, L - 1, d]);
  return h.sub(
    earlier.pad([
      [0, 0],
      [1, 0],
      [0, 0],
    ] as [number, number][]),
  );
}

/**
 * The inverse, of what was quantised: h^_l = Σ_{j≤l} q_j. Where the q pass gradients straight through, the sums telescope: ∂h^_l/∂h'_l is the identity, and h^_l
 * reaches no other position.
 * @param q [B, L, d_c]
 * @returns [B, L, d_c]
 */
export function prefixSums(q: tf.Tensor3D): tf.Tensor3D {
  return tf.cumsum(q, 1) as tf.Tensor3D;
}
