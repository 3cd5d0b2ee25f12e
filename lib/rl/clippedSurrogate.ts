import { tf, where } from "../tensor";

/** A log-ratio beyond it counts as this far, as in verl: e^20 is finite in float32, and so are its gradients. */
const LARGEST_LOG_RATIO = 20;

export interface ClipOptions {
  /** ε: the ratio is cut below 1 - ε. In (0, 1); 0.2 in the papers. */
  readonly epsilon: number;
  /** ε_high: the ratio is cut above 1 + ε_high. Larger than ε it leaves more room to unlikely tokens, as in DAPO. Default ε. */
  readonly epsilonHigh?: number;
  /** c: where the advantage is negative the surrogate is never below c A, however much likelier the token has become. Above 1; 3 in verl. Default: no such bound. */
  readonly dualClip?: number;
}

export interface Surrogate {
  /** [N, T], to be maximised */
  readonly values: tf.Tensor2D;
  /** [N, T] bool: the ratio has left its range on the side that the advantage drives it to, so the token has no gradient. */
  readonly isClipped: tf.Tensor2D;
  /** [N, T] bool: the dual bound holds. */
  readonly isDualClipped: tf.Tensor2D;
}

/** log ρ = log π_θ - log π_old, cut to where e^x is harmless. */
export function logRatio(logProbs: tf.Tensor2D, others: tf.Tensor2D): tf.Tensor2D {
  return tf.clipByValue<tf.Tensor2D>(
    logProbs.sub<tf.Tensor2D>(others),
    -LARGEST_LOG_RATIO,
    LARGEST_LOG_RATIO,
  );
}

/**
 * PPO's clipped surrogate of each token. The gradient is that of ρ A, and nothing once ρ has moved as far as it may.
 * @param logRatios   log ρ, [N, T]
 * @param advantages  A, [N], the same for every token of a sequence
 * @throws RangeError for bounds out of range
 * @see Schulman et al. 2017, arXiv:1707.06347, eq. 7; ε_high: Yu et al. 2025, arXiv:2503.14476, section 3.1; c: Ye et al. 2020, arXiv:1912.09729
 */
export function clippedSurrogate(
  logRatios: tf.Tensor2D,
  advantages: tf.Tensor1D,
  { epsilon, epsilonHigh = epsilon, dualClip }: ClipOptions,
): Surrogate {
  if (!(epsilon > 0 && epsilon < 1)) throw new RangeError(`epsilon must be in (0, 1), not ${epsilon}.`);
  if (!(epsilonHigh > 0)) throw new RangeError(`epsilonHigh must be positive, not ${epsilonHigh}.`);
  if (dualClip !== undefined && !(dualClip > 1))
    throw new RangeError(`dualClip must be above 1, not ${dualClip}.`);
  if (advantages.shape[0] !== logRatios.shape[0])
    throw new RangeError(`Advantages [${advantages.shape}] do not fit log-ratios [${logRatios.shape}].`);
  return tf.tidy(() => {
    const A = advantages.expandDims<tf.Tensor2D>(1); // [N, 1]
    const isNegative = A.less(0);
    const ratio = logRatios.exp();
    // min(ρ A, clip(ρ, 1 - ε, 1 + ε_high) A)
    const inside = ratio.clipByValue(1 - epsilon, 1 + epsilonHigh);
    const single = tf.minimum<tf.Tensor2D>(ratio.mul(A), inside.mul(A));
    // A < 0: max( .. , c A)
    const bounded =
      dualClip === undefined ? single : where(isNegative, single.maximum(A.mul(dualClip)), single);
    const isLow = ratio.less<tf.Tensor2D>(1 - epsilon).logicalAnd<tf.Tensor2D>(isNegative);
    const isHigh = ratio.greater<tf.Tensor2D>(1 + epsilonHigh).logicalAnd<tf.Tensor2D>(A.greater(0));
    return {
      values: bounded as tf.Tensor2D,
      isClipped: isLow.logicalOr<tf.Tensor2D>(isHigh),
      isDualClipped: ratio.greater(dualClip ?? Number.POSITIVE_INFINITY).logicalAnd<tf.Tensor2D>(isNegative),
    };
  });
}
