import type { Attention } from "../../nn/attention";
import { type Dense, dense } from "../../nn/dense";
import { type Embedding, embedding } from "../../nn/embedding";
import type { FeedForward } from "../../nn/feedForward";
import { normalInit, parameter } from "../../nn/initializers";
import { type RmsNorm, rmsNorm } from "../../nn/rmsNorm";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

export interface T5Options {
  /** V: ids are 0..V - 1; 0 is padding, and what the decoder starts from. */
  readonly vocabulary: number;
  /** d */
  readonly dimensions: number;
  /** Width of the feed-forward networks. */
  readonly inner: number;
  readonly heads: number;
  /** d_kv, of a head; heads · d_kv need not be d. */
  readonly headDimensions: number;
  /** L, of the encoder and of the decoder each. */
  readonly layers: number;
  /** Of embeddings, attention weights, the feed-forward network's inside, each sublayer's output, and each stack's output. */
  readonly dropout: number;
  /** Of the relative positions. */
  readonly buckets: number;
  /** Relative positions as far as this, and farther, share a bucket. */
  readonly maxDistance: number;
  /** Of the norms. */
  readonly epsilon: number;
}

/** The sizes of MTGRec, arXiv:2504.04400, whose L is tuned; the rest are T5's. */
export const T5_DEFAULTS = {
  vocabulary: 1027,
  dimensions: 128,
  inner: 512,
  heads: 4,
  headDimensions: 64,
  layers: 6,
  dropout: 0.1,
  buckets: 32,
  maxDistance: 128,
  epsilon: 1e-6,
} as const satisfies T5Options;

export type T5AttentionSublayer<T extends tf.Tensor = tf.Variable> = {
  readonly norm: RmsNorm<T>;
  /** Query, key and value [d, heads · d_kv], output [heads · d_kv, d]; no biases. */
  readonly attention: Attention<T>;
};

export type T5FeedForwardSublayer<T extends tf.Tensor = tf.Variable> = {
  readonly norm: RmsNorm<T>;
  readonly network: FeedForward<T>;
};

export type T5EncoderLayer<T extends tf.Tensor = tf.Variable> = {
  readonly selfAttention: T5AttentionSublayer<T>;
  readonly feedForward: T5FeedForwardSublayer<T>;
};

export type T5DecoderLayer<T extends tf.Tensor = tf.Variable> = T5EncoderLayer<T> & {
  readonly crossAttention: T5AttentionSublayer<T>;
};

export type T5Stack<Layer, T extends tf.Tensor = tf.Variable> = {
  /** [buckets, heads]: added to the self-attention scores of every layer. */
  readonly relativeBias: T;
  readonly layers: Layer[];
  readonly finalNorm: RmsNorm<T>;
};

export type T5Weights<T extends tf.Tensor = tf.Variable> = {
  /** [V, d]: input of the encoder, input of the decoder, and output head. */
  readonly embedding: Embedding<T>;
  readonly encoder: T5Stack<T5EncoderLayer<T>, T>;
  readonly decoder: T5Stack<T5DecoderLayer<T>, T>;
};

/** A T5: its sizes and its weights. */
export interface T5<T extends tf.Tensor = tf.Variable> {
  readonly options: T5Options;
  readonly weights: T5Weights<T>;
}

/**
 * A T5 with fresh weights: normal with standard deviation 1 for the embedding, (d d_kv)^-½ for queries, √ of 1 / inputs for every other matrix, and
 * d^-½ for the relative biases; norms start at 1. The small queries stand for the scores' division by √d_kv, which T5 leaves out.
 * @see Raffel et al. 2020, arXiv:1910.10683; the deviations are those of the Mesh TensorFlow transformer
 */
export function t5(options: Partial<T5Options>, key: tf.Tensor1D): T5 {
  const complete: T5Options = { ...T5_DEFAULTS, ...options };
  if (complete.layers < 1) throw new Error(`T5 needs at least one layer, got ${complete.layers}.`);
  const { vocabulary, dimensions } = complete;
  const weights = tf.tidy(() => {
    const [tableKey, encoderKey, decoderKey] = Rng.split(key, 3);
    return {
      embedding: embedding({ count: vocabulary, dimensions, init: normalInit(1) }, tableKey),
      encoder: stack(complete, encoderKey, encoderLayer),
      decoder: stack(complete, decoderKey, decoderLayer),
    };
  });
  return { options: complete, weights };
}

function stack<Layer>(
  options: T5Options,
  key: tf.Tensor1D,
  makeLayer: (options: T5Options, key: tf.Tensor1D) => Layer,
): T5Stack<Layer> {
  const { buckets, heads, dimensions, layers } = options;
  const [biasKey, ...layerKeys] = Rng.split(key, 1 + layers);
  return {
    relativeBias: parameter(normalInit(dimensions ** -0.5), biasKey, [buckets, heads]),
    layers: layerKeys.map((layerKey) => makeLayer(options, layerKey)),
    finalNorm: rmsNorm({ dimensions }),
  };
}

function encoderLayer(options: T5Options, key: tf.Tensor1D): T5EncoderLayer {
  const [attentionKey, feedForwardKey] = Rng.split(key, 2);
  return {
    selfAttention: attentionSublayer(options, attentionKey),
    feedForward: feedForwardSublayer(options, feedForwardKey),
  };
}

function decoderLayer(options: T5Options, key: tf.Tensor1D): T5DecoderLayer {
  const [ownKey, crossKey] = Rng.split(key, 2);
  return { ...encoderLayer(options, ownKey), crossAttention: attentionSublayer(options, crossKey) };
}

function attentionSublayer(
  { dimensions, heads, headDimensions }: T5Options,
  key: tf.Tensor1D,
): T5AttentionSublayer {
  const joined = heads * headDimensions;
  const [queryKey, keyKey, valueKey, outputKey] = Rng.split(key, 4);
  const attention = {
    query: matrix(dimensions, joined, queryKey, (dimensions * headDimensions) ** -0.5),
    key: matrix(dimensions, joined, keyKey),
    value: matrix(dimensions, joined, valueKey),
    output: matrix(joined, dimensions, outputKey),
  };
  return { norm: rmsNorm({ dimensions }), attention };
}

function feedForwardSublayer({ dimensions, inner }: T5Options, key: tf.Tensor1D): T5FeedForwardSublayer {
  const [expandKey, contractKey] = Rng.split(key, 2);
  const network = {
    expand: matrix(dimensions, inner, expandKey),
    contract: matrix(inner, dimensions, contractKey),
  };
  return { norm: rmsNorm({ dimensions }), network };
}

/** A layer without bias. */
function matrix(inputs: number, outputs: number, key: tf.Tensor1D, deviation = inputs ** -0.5): Dense {
  return dense({ inputs, outputs, bias: false, init: normalInit(deviation) }, key);
}
