import {
  type ApplyTransformerBlockOptions,
  type Attention,
  addAndNorm,
  applyAttention,
  applyFeedForwardSublayer,
  attention,
  type FeedForwardSublayer,
  feedForwardSublayer,
  type LayerNorm,
  layerNorm,
  type TransformerBlockOptions,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

/** Parameters of a post-norm decoder block. */
export type DecoderBlock<T extends tf.Tensor = tf.Variable> = {
  readonly attention: Attention<T>;
  readonly attentionNorm: LayerNorm<T>;
  /** To the encoder's states. */
  readonly crossAttention: Attention<T>;
  readonly crossAttentionNorm: LayerNorm<T>;
} & FeedForwardSublayer<T>;

export function decoderBlock(
  { dimensions, inner, init }: TransformerBlockOptions,
  key: tf.Tensor1D,
): DecoderBlock {
  return tf.tidy(() => {
    const [selfKey, crossKey, feedForwardKey] = Rng.split(key, 3);
    return {
      attention: attention({ dimensions, init }, selfKey),
      attentionNorm: layerNorm({ dimensions }),
      crossAttention: attention({ dimensions, init }, crossKey),
      crossAttentionNorm: layerNorm({ dimensions }),
      ...feedForwardSublayer({ dimensions, inner, init }, feedForwardKey),
    };
  });
}

export interface ApplyDecoderBlockOptions extends ApplyTransformerBlockOptions {
  /** Of the attention to the encoder's states, as `mask` is of that to the sequence itself. */
  readonly crossMask?: tf.Tensor;
}

/**
 * H = LN(Q + Dropout(MHA(Q, S)));  H = LN(H + Dropout(MHA(H, M)));  LN(H + Dropout(FFN(H))): Vaswani et al. 2017, section 3.1.
 * @param queries  Q, [B, Lq, d], all or some positions of the sequence
 * @param sequence S, [B, L, d], what they see of the sequence itself
 * @param memory   M, [B, Lm, d], the encoder's states
 * @returns [B, Lq, d]
 */
export function applyDecoderBlock(
  block: DecoderBlock<tf.Tensor>,
  queries: tf.Tensor3D,
  sequence: tf.Tensor3D,
  memory: tf.Tensor3D,
  { heads, mask, crossMask, activation, ...options }: ApplyDecoderBlockOptions,
): tf.Tensor3D {
  const { dropoutRate, keys } = options;
  const attend = (to: Attention<tf.Tensor>, from: tf.Tensor, source: tf.Tensor3D, open?: tf.Tensor) =>
    applyAttention(to, from as tf.Tensor3D, source, { heads, mask: open, dropoutRate, keys });
  const own = attend(block.attention, queries, sequence, mask);
  const mixed = addAndNorm(block.attentionNorm, queries, own, options);
  const crossed = attend(block.crossAttention, mixed, memory, crossMask);
  const informed = addAndNorm(block.crossAttentionNorm, mixed, crossed, options);
  return applyFeedForwardSublayer(block, informed, { activation, ...options }) as tf.Tensor3D;
}
