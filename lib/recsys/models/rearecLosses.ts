import { logSumExp, softmaxCrossEntropy, stopGradient, tf } from "../../tensor";

/**
 * How much the distributions of the reasoning steps differ: the mean over all ordered pairs of two different steps of
 *
 *     KL(p_j ‖ p_i) = Σ_c p_j(c) (log p_j(c) - log p_i(c)),
 *
 * with no gradient to p_i, as in the reference code: each distribution moves away from where the others are.
 * @param logits [B, S, C], of S steps
 * @returns [B], in nats; 0 where there is one step only
 * @see ReaRec, ensemble reasoning learning: its KL regularisation
 */
export function meanPairwiseDivergence(logits: tf.Tensor3D): tf.Tensor1D {
  return tf.tidy(() => {
    const [batch, steps] = logits.shape;
    if (steps < 2) return tf.zeros([batch]);
    const logProbabilities = logits.sub<tf.Tensor3D>(logSumExp(logits, -1, true));
    const probabilities = logProbabilities.exp();
    const negativeEntropy = probabilities.mul(logProbabilities).sum<tf.Tensor2D>(-1); // [B, S]
    const cross = tf.matMul(probabilities, stopGradient(logProbabilities), false, true); // [B, S, S]
    // A pair of a step with itself adds -entropy + entropy = 0, so that the sum may run over all pairs.
    const sum = negativeEntropy.mul(steps).sub(cross.sum(2)).sum<tf.Tensor1D>(1);
    return sum.div(steps * (steps - 1));
  });
}

/**
 * Σ_{k<T} CE at temperature τ a^{T-k}: the earlier a reasoning step, the softer its distribution is asked to be.
 * @param logits   [B, T + 1, C], o_k · e_c before any temperature, of steps 0..T; the last step is left out
 * @param targets  [B] int32
 * @returns [B], in nats; 0 where T is 0
 * @see ReaRec, progressive reasoning learning: its progressive temperature annealing
 */
export function progressiveLoss(
  logits: tf.Tensor3D,
  targets: tf.Tensor1D,
  { temperature, base }: { readonly temperature: number; readonly base: number },
): tf.Tensor1D {
  return tf.tidy(() => {
    const [batch, states, classes] = logits.shape;
    const T = states - 1;
    if (T === 0) return tf.zeros([batch]);
    const temperatures = Array.from({ length: T }, (_, k) => temperature * base ** (T - k));
    const softened = logits.slice([0, 0, 0], [batch, T, classes]).div(tf.tensor3d(temperatures, [1, T, 1]));
    const labels = tf.tile(targets.expandDims(1), [1, T]);
    return softmaxCrossEntropy(labels, softened).sum(1);
  });
}

/**
 * Σ_k of the InfoNCE between a row's reasoning state and the same state of a noised pass, with the other rows as negatives:
 *
 *     -log [ exp(h̃_k,b · h_k,b / τ) / Σ_b' exp(h̃_k,b · h_k,b' / τ) ],  h̃ the noised state.
 *
 * @param clean   h, [B, T, d] @param noised  h̃, [B, T, d]
 * @param weights [B]; a row of weight 0 is nobody's negative
 * @returns [B], in nats
 * @see ReaRec, progressive reasoning learning: its reasoning-aware contrastive learning
 */
export function reasoningContrast(
  clean: tf.Tensor3D,
  noised: tf.Tensor3D,
  { temperature, weights }: { readonly temperature: number; readonly weights: tf.Tensor1D },
): tf.Tensor1D {
  return tf.tidy(() => {
    const [batch, T] = clean.shape;
    if (T === 0) return tf.zeros([batch]);
    const [views, keys] = [noised, clean].map((states) => states.transpose<tf.Tensor3D>([1, 0, 2])); // [T, B, d]
    const absent = weights.equal(0).toFloat().mul(MASKED); // [B], over the keys
    const logits = tf.matMul(views, keys, false, true).div(temperature).add(absent); // [T, B, B]
    const own = tf.tile(tf.range(0, batch, 1, "int32").expandDims(0), [T, 1]);
    return softmaxCrossEntropy(own, logits).sum(0);
  });
}

/** exp of it is 0 in float32, beside any logit of a model that has not diverged. */
const MASKED = -1e9;
