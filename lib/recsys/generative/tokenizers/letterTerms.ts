import { oneHot, softmaxCrossEntropy, tf } from "../../../tensor";

/**
 * Draws the quantised item near to its own collaborative vector, away from those of the other items of the batch:
 *
 *     mean_b CE(r~_b CFᵀ, b).
 *
 * @param quantized     r~, [B, d], with the straight-through gradient
 * @param collaborative CF, [B, d], frozen
 * @see LETTER, arXiv:2405.07314, eq. 4
 */
export function collaborativeLoss(quantized: tf.Tensor2D, collaborative: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(quantized, collaborative, false, true);
    return softmaxCrossEntropy(tf.range(0, quantized.shape[0], 1, "int32"), logits).mean() as tf.Scalar;
  });
}

/**
 * Draws codes of one cluster together and others apart, so that they spread evenly:
 *
 *     mean_b CE(e_c(b) Eᵀ without the logit of c(b), p(b)),
 *
 * c(b) the code of b, and p(b) another one of its cluster.
 * @param chosen    e_c(b), [B, d]
 * @param codebook  E, [K, d]
 * @param codes     c, [B] int32
 * @param positives p, [B] int32
 * @see LETTER, arXiv:2405.07314, eq. 5
 */
export function diversityLoss(
  chosen: tf.Tensor2D,
  codebook: tf.Tensor2D,
  codes: tf.Tensor1D,
  positives: tf.Tensor1D,
): tf.Scalar {
  return tf.tidy(() => {
    const own = oneHot(codes, codebook.shape[0]).mul(MASKED);
    const logits = tf.matMul(chosen, codebook, false, true).add(own);
    return softmaxCrossEntropy(positives, logits).mean() as tf.Scalar;
  });
}

/** exp of it is 0 in float32, beside any logit. */
const MASKED = -1e9;
