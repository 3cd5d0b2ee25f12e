import { tf } from "../tensor";
import { logRatio } from "./clippedSurrogate";

/**
 * The estimate k3 of KL(π_θ ‖ π_ref) at each sampled token, never negative, unbiased where the token was sampled from π_θ:
 *
 *     k3 = e^u - u - 1,   u = log π_ref - log π_θ.
 *
 * @param logProbs           log π_θ, [N, T]
 * @param referenceLogProbs  log π_ref, [N, T]
 * @param limit              what it is cut to, 10 in verl: a token that the policy has all but given up has no gradient then. Default: no limit.
 * @returns [N, T], in nats
 * @see Schulman 2020, "Approximating KL divergence"; Shao et al. 2024, arXiv:2402.03300, eq. 4
 */
export function k3(logProbs: tf.Tensor2D, referenceLogProbs: tf.Tensor2D, limit?: number): tf.Tensor2D {
  return tf.tidy(() => {
    const u = logRatio(referenceLogProbs, logProbs);
    const values = u.expm1().sub<tf.Tensor2D>(u); // e^u - 1 as one: for small u the rest is of order u²
    return limit === undefined ? values : values.minimum(limit);
  });
}
