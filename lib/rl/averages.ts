import { tf } from "../tensor";
import { masked } from "./tokenLogProbs";

/**
 * What a batch's loss is the mean of:
 * - `sequence`: of each sequence the mean over its tokens, then the mean over sequences, GRPO's formula. A token of a long output weighs less.
 * - `token`: over all tokens of the batch, as in DAPO. A long output weighs more. TRL's `bnpo`, and its `dapo` where a batch is one step.
 * - `length`: the sum over N · T, T the width of the tensors, as in Dr. GRPO: every token weighs the same in every batch, if T is always the longest allowed.
 * @see Shao et al. 2024, arXiv:2402.03300, eq. 3; Yu et al. 2025, DAPO, arXiv:2503.14476, section 3.3; Liu et al. 2025, arXiv:2503.20783, section 3
 */
export type Average = "sequence" | "token" | "length";

/** Which values count. */
export interface Counted {
  /** [N, T]: 1 where the policy wrote the token, else 0. Absent: everywhere. */
  readonly mask?: tf.Tensor2D;
  /** [N]: 0 for rows that only fill up the batch, so that one program serves batches of any number. Absent: 1 everywhere. */
  readonly weights?: tf.Tensor1D;
}

/**
 * The mean over tokens that count. A sequence without tokens is one of mean 0, and a batch without sequences has the mean 0.
 * @param values  [N, T]; what is masked may be anything
 * @throws RangeError where a shape does not fit
 */
export function average(
  values: tf.Tensor2D,
  kind: Average,
  { mask = tf.onesLike(values), weights = tf.ones([values.shape[0]]) }: Counted = {},
): tf.Scalar {
  return tf.tidy(() => {
    const [sequences, width] = values.shape;
    if (weights.shape[0] !== sequences)
      throw new RangeError(`Weights [${weights.shape}] do not fit values [${values.shape}].`);
    const tokens = mask.toFloat().sum<tf.Tensor1D>(-1); // |o_i|
    const sums = masked(values, mask).sum<tf.Tensor1D>(-1).mul<tf.Tensor1D>(weights);
    const most = (count: tf.Tensor) => count.maximum(1);
    switch (kind) {
      // 1/N Σ_i 1/|o_i| Σ_t
      case "sequence":
        return sums.div(most(tokens)).sum().div<tf.Scalar>(most(weights.sum()));
      // Σ_i Σ_t / Σ_i |o_i|
      case "token":
        return sums.sum().div<tf.Scalar>(most(tokens.mul(weights).sum()));
      // Σ_i Σ_t / (N T)
      case "length":
        return sums.sum().div<tf.Scalar>(most(weights.sum().mul(width)));
    }
  });
}
