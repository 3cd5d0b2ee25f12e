import { noGradient, stopGradient, tf } from "../tensor";
import { type Average, average, type Counted } from "./averages";
import { type ClipOptions, clippedSurrogate, logRatio } from "./clippedSurrogate";
import { k3 } from "./klEstimator";
import { masked } from "./tokenLogProbs";

/** N sampled sequences of at most T tokens, G of each prompt. Only `logProbs` has a gradient. */
export interface PolicyBatch extends Counted {
  /** log π_θ of the sampled tokens, [N, T] */
  readonly logProbs: tf.Tensor2D;
  /** log π_old, of the policy that sampled them, [N, T]. With one update a batch it is `logProbs` itself: pass that tensor. */
  readonly oldLogProbs: tf.Tensor2D;
  /** log π_ref, of the policy to stay near, [N, T] */
  readonly referenceLogProbs?: tf.Tensor2D;
  /** A, [N]; see `groupAdvantages` */
  readonly advantages: tf.Tensor1D;
}

export interface PolicyLossOptions extends ClipOptions {
  /** β of the term that keeps the policy near the reference: 0.04 in DeepSeekMath, 0.001 in verl. Default 0. */
  readonly klWeight?: number;
  /** Of a token's k3; see there. Default: none. */
  readonly klLimit?: number;
  /** Of the loss. */
  readonly average: Average;
}

/** Scalars, all but the loss without a gradient. Shares and divergences are means over all tokens that count. */
export type PolicyLoss = {
  /** To be minimised. */
  readonly loss: tf.Scalar;
  /** The loss without the term of the reference. */
  readonly policy: tf.Scalar;
  /** k3 between the policy and the reference, in nats; 0 where there is no reference. */
  readonly kl: tf.Scalar;
  /** k3 between the policy and the one that sampled, in nats: how far the updates on this batch have come. */
  readonly oldKl: tf.Scalar;
  /** The share of tokens that have no gradient any more, since their ratio left its range. */
  readonly clipShare: tf.Scalar;
  /** The share of tokens under the dual bound. */
  readonly dualClipShare: tf.Scalar;
};

/**
 * The loss of GRPO; with other options that of DAPO and Dr. GRPO, which are variations of it:
 *
 *     L = - mean_{i,t} [ min(ρ A_i, clip(ρ, 1 - ε, 1 + ε_high) A_i) - β k3 ],   ρ = π_θ / π_old.
 *
 * Where π_old = π_θ, ρ is 1 and the gradient is REINFORCE's, -A ∇ log π_θ. What stands at masked places has no effect, be it NaN. Traceable.
 * @throws RangeError where a shape does not fit, a bound is out of range, or β > 0 without a reference
 * @see Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, eq. 3
 */
export function policyLoss(batch: PolicyBatch, options: PolicyLossOptions): PolicyLoss {
  const { klWeight = 0, klLimit } = options;
  const { mask, weights } = batch;
  if (klWeight !== 0 && batch.referenceLogProbs === undefined)
    throw new RangeError(`policyLoss: a klWeight of ${klWeight} needs referenceLogProbs.`);
  const own = (values: tf.Tensor2D) => (mask === undefined ? values : masked(values, mask));
  const given = (values: tf.Tensor2D) => stopGradient(own(values));
  return tf.tidy(() => {
    const logProbs = own(batch.logProbs);
    const old = given(batch.oldLogProbs);
    const surrogate = clippedSurrogate(logRatio(logProbs, old), stopGradient(batch.advantages), options);
    const kl =
      batch.referenceLogProbs === undefined
        ? tf.zerosLike(logProbs)
        : k3(logProbs, given(batch.referenceLogProbs), klLimit);
    const mean = (values: tf.Tensor2D) => average(values, options.average, { mask, weights });
    const policy = mean(surrogate.values).neg();
    const loss = klWeight === 0 ? policy : policy.add<tf.Scalar>(mean(kl).mul(klWeight));
    const measured = (values: tf.Tensor2D) =>
      noGradient(() => average(values, "token", { mask, weights })) as tf.Scalar;
    return {
      loss,
      policy: stopGradient(policy),
      kl: measured(kl),
      oldKl: noGradient(() => measured(k3(logProbs, old))) as tf.Scalar,
      clipShare: measured(surrogate.isClipped.toFloat()),
      dualClipShare: measured(surrogate.isDualClipped.toFloat()),
    };
  });
}
