import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { type Attention, applyAttention, attention } from "./attention";
import { applyDropout, type KeyStream } from "./dropout";
import { type Activation, applyFeedForward, type FeedForward, feedForward } from "./feedForward";
import type { Initializer } from "./initializers";
import { applyLayerNorm, type LayerNorm, layerNorm } from "./layerNorm";

/** Parameters of the second half of a block: the feed-forward network and the norm behind it. */
export type FeedForwardSublayer<T extends tf.Tensor = tf.Variable> = {
  readonly feedForward: FeedForward<T>;
  readonly feedForwardNorm: LayerNorm<T>;
};

/** Parameters of a post-norm transformer block. */
export type TransformerBlock<T extends tf.Tensor = tf.Variable> = {
  readonly attention: Attention<T>;
  readonly attentionNorm: LayerNorm<T>;
} & FeedForwardSublayer<T>;

export interface TransformerBlockOptions {
  /** d, of input and output. */
  readonly dimensions: number;
  /** Width of the feed-forward network. */
  readonly inner: number;
  readonly init?: Initializer;
}

export function transformerBlock(
  { dimensions, inner, init }: TransformerBlockOptions,
  key: tf.Tensor1D,
): TransformerBlock {
  return tf.tidy(() => {
    const [attentionKey, feedForwardKey] = Rng.split(key, 2);
    return {
      attention: attention({ dimensions, init }, attentionKey),
      attentionNorm: layerNorm({ dimensions }),
      ...feedForwardSublayer({ dimensions, inner, init }, feedForwardKey),
    };
  });
}

export function feedForwardSublayer(
  { dimensions, inner, init }: TransformerBlockOptions,
  key: tf.Tensor1D,
): FeedForwardSublayer {
  return {
    feedForward: feedForward({ dimensions, inner, init }, key),
    feedForwardNorm: layerNorm({ dimensions }),
  };
}

export interface AddAndNormOptions {
  /** Of what a sublayer adds. */
  readonly dropoutRate?: number;
  /** Of the layer norm. */
  readonly epsilon?: number;
  readonly keys?: KeyStream;
}

/** LN(x + Dropout(change)): how a post-norm sublayer ends. Vaswani et al. 2017, section 3.1. @param x [..., d] */
export function addAndNorm(
  norm: LayerNorm<tf.Tensor>,
  x: tf.Tensor,
  change: tf.Tensor,
  { dropoutRate = 0, epsilon, keys }: AddAndNormOptions = {},
): tf.Tensor {
  return applyLayerNorm(norm, x.add(applyDropout(change, dropoutRate, keys)), epsilon);
}

/** LN(x + Dropout(FFN(x))). @param x [..., d] */
export function applyFeedForwardSublayer(
  { feedForward: network, feedForwardNorm }: FeedForwardSublayer<tf.Tensor>,
  x: tf.Tensor,
  { activation = "gelu", ...options }: AddAndNormOptions & { readonly activation?: Activation } = {},
): tf.Tensor {
  return addAndNorm(feedForwardNorm, x, applyFeedForward(network, x, { activation }), options);
}

export interface ApplyTransformerBlockOptions extends AddAndNormOptions {
  readonly heads: number;
  /** As in `applyAttention`. */
  readonly mask?: tf.Tensor;
  readonly activation?: Activation;
}

/**
 * H = LN(Q + Dropout(MHA(Q, M)));  LN(H + Dropout(FFN(H))). The dropout is of attention weights, too.
 * @param queries  [B, Lq, d]
 * @param memory   [B, Lk, d]: where keys and values come from; the queries themselves for self-attention
 * @returns [B, Lq, d]
 */
export function applyTransformerBlock(
  block: TransformerBlock<tf.Tensor>,
  queries: tf.Tensor3D,
  memory: tf.Tensor3D,
  { heads, mask, activation, ...options }: ApplyTransformerBlockOptions,
): tf.Tensor3D {
  const { dropoutRate, keys } = options;
  const attended = applyAttention(block.attention, queries, memory, { heads, mask, dropoutRate, keys });
  const mixed = addAndNorm(block.attentionNorm, queries, attended, options);
  return applyFeedForwardSublayer(block, mixed, { activation, ...options }) as tf.Tensor3D;
}
