import { logSumExp, softmaxCrossEntropy, tf, where } from "../tensor";

/**
 * log π(token) of each token, in nats, π the softmax of the logits over the temperature. A policy that was sampled at a temperature is scored at the
 * same, or the ratio of new to old probabilities is not 1 before the first update.
 * @param logits       [N, T, V]
 * @param tokens       [N, T] int32, in [0, V)
 * @param temperature  τ > 0, default 1
 * @returns [N, T], with a gradient to the logits
 * @throws RangeError where the temperature is not positive: greedy decoding has no probabilities
 */
export function tokenLogProbs(logits: tf.Tensor3D, tokens: tf.Tensor2D, temperature = 1): tf.Tensor2D {
  return tf.tidy(() => softmaxCrossEntropy<tf.Tensor2D>(tokens, tempered(logits, temperature)).neg());
}

/**
 * H = -Σ_v π_v log π_v of each position, in nats.
 * @param logits  [N, T, V], finite: a token that is ruled out has a large negative number, not minus infinity
 * @returns [N, T], with a gradient to the logits
 */
export function tokenEntropy(logits: tf.Tensor3D, temperature = 1): tf.Tensor2D {
  return tf.tidy(() => {
    const scaled = tempered(logits, temperature);
    // With z the logits, H = log Σ e^z - Σ π z.
    return logSumExp<tf.Tensor2D>(scaled).sub(tf.softmax(scaled).mul(scaled).sum(-1));
  });
}

/**
 * The log-probability of each sequence, the sum over its own tokens.
 * @param logProbs  [N, T]
 * @param mask      [N, T]: 1 where the policy wrote the token, 0 at prompts, padding, and what tools answered. Whatever stands there has no effect.
 * @returns [N]
 */
export function sequenceLogProbs(logProbs: tf.Tensor2D, mask?: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => (mask === undefined ? logProbs : masked(logProbs, mask)).sum<tf.Tensor1D>(-1));
}

/** The values where the mask is 1, else 0, also where a value is infinite or NaN; no gradient reaches those. */
export function masked(values: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor2D {
  if (values.shape.join() !== mask.shape.join())
    throw new RangeError(`A mask [${mask.shape}] does not fit values [${values.shape}].`);
  return where<tf.Tensor2D>(mask.cast("bool"), values, 0);
}

function tempered(logits: tf.Tensor3D, temperature: number): tf.Tensor3D {
  if (!(temperature > 0)) throw new RangeError(`The temperature ${temperature} is not positive.`);
  return temperature === 1 ? logits : logits.div(temperature);
}
