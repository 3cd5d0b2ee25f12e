import {
  type Activation,
  addAndNorm,
  applyDropout,
  applyFeedForward,
  applyLayerNorm,
  type FeedForwardSublayer,
  feedForwardSublayer,
  type KeyStream,
  type LayerNorm,
  layerNorm,
  type TransformerBlockOptions,
} from "../../nn";
import type { tf } from "../../tensor";

/** What stands behind the state-space layer in a block of Mamba4Rec and of TiM4Rec, which took it from there. */
export type MixerBlock<T extends tf.Tensor = tf.Variable> = FeedForwardSublayer<T> & {
  readonly mixerNorm: LayerNorm<T>;
};

export function mixerBlock(options: TransformerBlockOptions, key: tf.Tensor1D): MixerBlock {
  const { dimensions } = options;
  return { mixerNorm: layerNorm({ dimensions }), ...feedForwardSublayer(options, key) };
}

export interface AfterMixerOptions {
  /** Whether the layer's input is added to its output. Both models leave it out where they have one block only. */
  readonly residual: boolean;
  readonly activation: Activation;
  /** Of the layer's output, of the feed-forward network's, and inside it. */
  readonly dropout: number;
  readonly epsilon: number;
  readonly keys?: KeyStream;
}

/**
 * H = LN(H + Dropout(mixed)), or LN(Dropout(mixed)) without residual;  H = LN(H + Dropout(FFN(H))).
 * @param input H, what the state-space layer read, [.., d] @param mixed what it made of it, [.., d]
 */
export function afterMixer(
  { mixerNorm, feedForward, feedForwardNorm }: MixerBlock<tf.Tensor>,
  input: tf.Tensor,
  mixed: tf.Tensor,
  { residual, activation, dropout, epsilon, keys }: AfterMixerOptions,
): tf.Tensor {
  const options = { dropoutRate: dropout, epsilon, keys };
  const hidden = residual
    ? addAndNorm(mixerNorm, input, mixed, options)
    : applyLayerNorm(mixerNorm, applyDropout(mixed, dropout, keys), epsilon);
  const inside = { activation, innerDropoutRate: dropout, keys };
  return addAndNorm(feedForwardNorm, hidden, applyFeedForward(feedForward, hidden, inside), options);
}
