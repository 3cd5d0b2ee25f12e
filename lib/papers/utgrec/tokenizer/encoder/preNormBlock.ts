import type { Attention } from "../../../../nn/attention";
import { type Dense, dense } from "../../../../nn/dense";
import { applyDropout, type KeyStream } from "../../../../nn/dropout";
import { type Initializer, normalInit } from "../../../../nn/initializers";
import { applyLora, type LoraOptions, type LowRank, lowRank, mergeLora } from "../../../../nn/lora";
import { applyRmsNorm, type RmsNorm, rmsNorm } from "../../../../nn/rmsNorm";
import { type SwiGlu, swiGlu } from "../../../../nn/swiGlu";
import { silu, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";

/** Width of the language model that the paper starts from. */
const PUBLISHED_WIDTH = 1536;

/**
 * N(0, 0.02²) at the paper's width of 1536. A narrower layer gets the deviation that gives its output the same size: with 0.02 the signal of a
 * layer of 48 inputs would shrink to a fifth, and the vectors to be quantised would be far smaller than the codes.
 */
export const scaledNormal: Initializer = (key, shape) =>
  normalInit(0.02 * Math.sqrt(PUBLISHED_WIDTH / shape[0]))(key, shape);

/** A layer of a Qwen2 language model: queries, keys and values have biases, nothing else has. */
export type PreNormBlock<T extends tf.Tensor = tf.Variable> = {
  readonly attentionNorm: RmsNorm<T>;
  readonly attention: Attention<T>;
  readonly networkNorm: RmsNorm<T>;
  readonly network: SwiGlu<T>;
};

export interface PreNormBlockOptions {
  /** d; a multiple of the heads. */
  readonly dimensions: number;
  /** Width of the gated feed-forward network. */
  readonly inner: number;
}

export function preNormBlock({ dimensions, inner }: PreNormBlockOptions, key: tf.Tensor1D): PreNormBlock {
  const [queryKey, keyKey, valueKey, outputKey, networkKey] = Rng.split(key, 5);
  const square = (layerKey: tf.Tensor1D, bias: boolean): Dense =>
    dense({ inputs: dimensions, outputs: dimensions, bias, init: scaledNormal }, layerKey);
  return {
    attentionNorm: rmsNorm({ dimensions }),
    attention: {
      query: square(queryKey, true),
      key: square(keyKey, true),
      value: square(valueKey, true),
      output: square(outputKey, false),
    },
    networkNorm: rmsNorm({ dimensions }),
    network: swiGlu({ dimensions, inner, init: scaledNormal }, networkKey),
  };
}

/** A change of low rank for each of a block's seven matrices. */
export type BlockLora<T extends tf.Tensor = tf.Variable> = {
  readonly attention: { readonly [layer in keyof Attention]: LowRank<T> };
  readonly network: { readonly [layer in keyof SwiGlu]: LowRank<T> };
};

export function blockLora(
  { attention, network }: PreNormBlock<tf.Tensor>,
  rank: number,
  key: tf.Tensor1D,
): BlockLora {
  const keys = Rng.split(key, 7);
  return {
    attention: {
      query: lowRank(attention.query, rank, keys[0]),
      key: lowRank(attention.key, rank, keys[1]),
      value: lowRank(attention.value, rank, keys[2]),
      output: lowRank(attention.output, rank, keys[3]),
    },
    network: {
      gate: lowRank(network.gate, rank, keys[4]),
      expand: lowRank(network.expand, rank, keys[5]),
      contract: lowRank(network.contract, rank, keys[6]),
    },
  };
}

/** The block that does the same without changes. */
export function mergeBlockLora(
  { attention, network, ...norms }: PreNormBlock<tf.Tensor>,
  { attention: ofAttention, network: ofNetwork }: BlockLora<tf.Tensor>,
  alpha: number,
): PreNormBlock<tf.Tensor> {
  return {
    ...norms,
    attention: {
      query: mergeLora(attention.query, ofAttention.query, alpha),
      key: mergeLora(attention.key, ofAttention.key, alpha),
      value: mergeLora(attention.value, ofAttention.value, alpha),
      output: mergeLora(attention.output, ofAttention.output, alpha),
    },
    network: {
      gate: mergeLora(network.gate, ofNetwork.gate, alpha),
      expand: mergeLora(network.expand, ofNetwork.expand, alpha),
      contract: mergeLora(network.contract, ofNetwork.contract, alpha),
    },
  };
}

export interface ApplyPreNormBlockOptions {
  readonly heads: number;
  /** Of what each sublayer adds. */
  readonly dropout: number;
  readonly epsilon: number;
  /** Added to the scores of all S positions: [B, 1, S, S], or [B, 1, 1, S] where it is the same for all; see `attentionMask`. */
  readonly mask: tf.Tensor4D;
  /** n: compute the last n positions only, which all S are looked at from. Default: all. */
  readonly last?: number;
  readonly lora?: { readonly changes: BlockLora<tf.Tensor>; readonly options: LoraOptions };
  readonly keys?: KeyStream;
}

/**
 * y = x + Dropout(Attention(RMSNorm(x)));  y + Dropout(FFN(RMSNorm(y))), FFN(x) = (SiLU(x W_g) ⊙ x W₁) W₂.
 * @param x [B, S, d]
 * @returns [B, n, d]
 */
export function applyPreNormBlock(
  { attentionNorm, attention, networkNorm, network }: PreNormBlock<tf.Tensor>,
  x: tf.Tensor3D,
  { heads, dropout, epsilon, mask, last = x.shape[1], lora, keys }: ApplyPreNormBlockOptions,
): tf.Tensor3D {
  const [batch, length, dimensions] = x.shape;
  if (dimensions % heads !== 0)
    throw new Error(`applyPreNormBlock: ${dimensions} dimensions cannot be shared by ${heads} heads.`);
  const { attention: ofAttention, network: ofNetwork } = lora?.changes ?? {};
  const linear = (layer: Dense<tf.Tensor>, change: LowRank<tf.Tensor> | undefined, input: tf.Tensor) =>
    applyLora(layer, change, input, lora?.options ?? { alpha: 0, dropout: 0 }, keys);
  // The last n of S along the axis before the last.
  const tail = <X extends tf.Tensor>(all: X): X => {
    if (all.shape[all.rank - 2] === last || all.shape[all.rank - 2] === 1) return all;
    const begin = all.shape.map((_, axis) => (axis === all.rank - 2 ? length - last : 0));
    return all.slice(
      begin,
      all.shape.map((size, axis) => (axis === all.rank - 2 ? last : size)),
    ) as X;
  };
  const splitHeads = (joined: tf.Tensor): tf.Tensor4D =>
    joined.reshape<tf.Tensor4D>([batch, -1, heads, dimensions / heads]).transpose([0, 2, 1, 3]);

  const memory = applyRmsNorm(attentionNorm, x, epsilon) as tf.Tensor3D;
  const scale = Math.sqrt(heads / dimensions); // 1 / √(d / heads)
  const q = splitHeads(linear(attention.query, ofAttention?.query, tail(memory)).mul(scale));
  const k = splitHeads(linear(attention.key, ofAttention?.key, memory));
  const v = splitHeads(linear(attention.value, ofAttention?.value, memory));
  const weights = tf.softmax(tf.matMul(q, k, false, true).add(tail(mask))); // [B, heads, n, S]
  const mixed = tf.matMul(weights, v).transpose([0, 2, 1, 3]).reshape([batch, last, dimensions]);
  const attended = linear(attention.output, ofAttention?.output, mixed);
  const y = tail(x).add<tf.Tensor3D>(applyDropout(attended, dropout, keys));

  const normed = applyRmsNorm(networkNorm, y, epsilon);
  const gate = silu(linear(network.gate, ofNetwork?.gate, normed));
  const gated = gate.mul(linear(network.expand, ofNetwork?.expand, normed));
  const changed = linear(network.contract, ofNetwork?.contract, gated);
  return y.add(applyDropout(changed, dropout, keys));
}
