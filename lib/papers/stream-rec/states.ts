import { dense } from "../../nn/dense";
import { applyFeedForward, type FeedForward } from "../../nn/feedForward";
import { normalInit, zeros } from "../../nn/initializers";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { cumsum, gather, rmsNorm, stopGradient, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

/** The two networks beside the T5. They make traces and shape what the decoder learns; decoding does without them. */
export type ThinkingNetworks<T extends tf.Tensor = tf.Variable> = {
  /** MLP_s, of the state. */
  readonly state: FeedForward<T>;
  /** MLP_r, of the residual. */
  readonly residual: FeedForward<T>;
};

/** STREAM-Rec: a T5 that thinks, and the networks that measure how far it has come. */
export interface ThinkingModel<T extends tf.Tensor = tf.Variable> {
  readonly t5: T5<T>;
  readonly networks: ThinkingNetworks<T>;
}

const EPSILON = 1e-6;

/**
 * Both networks, of inner width d and without biases. Their second matrices start at 0, so that at first a state is the normalised sum of the decoder's
 * outputs and a residual is what is left of the target: a greedy pursuit of the target by codewords.
 */
export function thinkingNetworks(
  { dimensions }: { readonly dimensions: number },
  key: tf.Tensor1D,
): ThinkingNetworks {
  return tf.tidy(() => {
    const [state, residual] = Rng.split(key, 2).map((own) => {
      const [expandKey, contractKey] = Rng.split(own, 2);
      const square = { inputs: dimensions, outputs: dimensions, bias: false };
      return {
        expand: dense({ ...square, init: normalInit(dimensions ** -0.5) }, expandKey),
        contract: dense({ ...square, init: zeros }, contractKey),
      };
    });
    return { state, residual };
  });
}

/** t, the mean of the target's m token embeddings; no gradient. @param targets [B, m] int32 @returns [B, d] */
export function targetVectors({ weights }: T5<tf.Tensor>, targets: tf.Tensor2D): tf.Tensor2D {
  return stopGradient(gather(weights.embedding.table, targets).mean<tf.Tensor2D>(1));
}

/**
 * s = MLP_s(Σ d_j), MLP_s(u) = R + W_2 gelu(W_1 R) with R = RMSNorm(u), which has no gain: a sum and a mean of outputs make the same state.
 * @param sum [.., d]
 */
export function stateOf<T extends tf.Tensor>({ state }: ThinkingNetworks<tf.Tensor>, sum: T): T {
  const normed = rmsNorm(sum, tf.ones([sum.shape[sum.rank - 1]]), EPSILON);
  return normed.add(applyFeedForward(state, normed)) as T;
}

/**
 * The states of a teacher-forced pass, s_i = MLP_s(Σ_{j ≤ i} d_j).
 * @param outputs [B, l + 1, d], d_0 .. d_l: the decoder's outputs behind its final norm, d_0 that of the start token
 * @returns [B, l + 1, d]
 * @see STREAM-Rec, the state of iterative inference
 */
export function runningStates(networks: ThinkingNetworks<tf.Tensor>, outputs: tf.Tensor3D): tf.Tensor3D {
  return stateOf(networks, cumsum(outputs, 1));
}

/**
 * r_i = MLP_r(t - s_{i-1}), MLP_r(u) = u + W_2' gelu(W_1' u).
 * @param target  t, [B, d] or [B, 1, d]
 * @param state   s_{i-1}, [B, d], or those of several steps, [B, l, d]
 * @see STREAM-Rec, the residual of iterative inference
 */
export function residualOf<T extends tf.Tensor>(
  { residual }: ThinkingNetworks<tf.Tensor>,
  target: tf.Tensor,
  state: T,
): T {
  const missing = target.sub(state);
  return missing.add(applyFeedForward(residual, missing)) as T;
}
