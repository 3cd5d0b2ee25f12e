import { softplus, stopGradient, tf } from "../tensor";

/** Log-probabilities of N pairs of sequences, [N] each, sums over the tokens of a sequence; see `sequenceLogProbs`. */
export interface PreferencePairs {
  /** Under the policy. */
  readonly chosen: tf.Tensor1D;
  readonly rejected: tf.Tensor1D;
  /** Under the reference, which has no gradient. */
  readonly referenceChosen: tf.Tensor1D;
  readonly referenceRejected: tf.Tensor1D;
}

export interface DpoOptions {
  /** β: how dear it is to move away from the reference. 0.1 is common. */
  readonly beta: number;
  /** ε, the share of pairs that are thought to be labelled the wrong way round, in [0, 0.5). Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * h = β [ (log π(y_w) - log π_ref(y_w)) - (log π(y_l) - log π_ref(y_l)) ]: by how much the policy prefers the chosen one, more than the reference
 * does. Its mean is the reward margin, the share above 0 the accuracy.
 * @returns [N]
 */
export function preferenceMargins(pairs: PreferencePairs, beta: number): tf.Tensor1D {
  if (!(beta > 0)) throw new RangeError(`beta must be positive, not ${beta}.`);
  const shapes = Object.entries(pairs).map(([name, { shape }]) => ({ name, shape }));
  for (const { name, shape } of shapes) {
    if (shape.join() !== shapes[0].shape.join())
      throw new RangeError(`${name} [${shape}] does not fit ${shapes[0].name} [${shapes[0].shape}].`);
  }
  return tf.tidy(() => {
    const chosen = pairs.chosen.sub<tf.Tensor1D>(stopGradient(pairs.referenceChosen));
    const rejected = pairs.rejected.sub<tf.Tensor1D>(stopGradient(pairs.referenceRejected));
    return chosen.sub<tf.Tensor1D>(rejected).mul(beta);
  });
}

/**
 * Direct preference optimisation: -log σ(h) of each pair; with label smoothing -(1 - ε) log σ(h) - ε log σ(-h). log 2 where the policy is the
 * reference. Traceable.
 * @returns [N], in nats
 * @throws RangeError where shapes differ or an option is out of range
 * @see Rafailov et al. 2023, arXiv:2305.18290, eq. 7; smoothing: Mitchell 2023, "A note on DPO with noisy preferences"
 */
export function dpoLoss(pairs: PreferencePairs, { beta, labelSmoothing = 0 }: DpoOptions): tf.Tensor1D {
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5))
    throw new RangeError(`labelSmoothing must be in [0, 0.5), not ${labelSmoothing}.`);
  return tf.tidy(() => {
    const h = preferenceMargins(pairs, beta);
    const losses = softplus(h.neg<tf.Tensor1D>()); // -log σ(h)
    // -log σ(-h) = -log σ(h) + h
    return labelSmoothing === 0 ? losses : losses.add(h.mul(labelSmoothing));
  });
}
