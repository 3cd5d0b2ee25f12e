import { attentionMask } from "../../../../nn/attention";
import type { KeyStream } from "../../../../nn/dropout";
import { normalInit, parameter } from "../../../../nn/initializers";
import { applyRmsNorm, type RmsNorm, rmsNorm } from "../../../../nn/rmsNorm";
import { concat, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { applyPreNormBlock, type PreNormBlock, preNormBlock } from "../encoder/preNormBlock";

export interface DecoderOptions {
  /** d */
  readonly dimensions: number;
  /** L, codes that condition it. */
  readonly levels: number;
  /** N: words or patches to reconstruct. */
  readonly length: number;
  /** Width of the feed-forward network; the paper's is 4 d. */
  readonly inner: number;
  readonly heads: number;
  /** Of what each sublayer adds. The paper's has none. */
  readonly dropout: number;
  /** Of the norms. */
  readonly epsilon: number;
}

export type BidirectionalBlock<T extends tf.Tensor = tf.Variable> = {
  /** Learned, [L, d] and [N, d]. */
  readonly positions: { readonly codes: T; readonly content: T };
  readonly block: PreNormBlock<T>;
  readonly finalNorm: RmsNorm<T>;
};

/** The sizes a decoder needs, and what it may choose. */
export type PartialDecoderOptions = Pick<DecoderOptions, "dimensions" | "levels" | "length"> &
  Partial<DecoderOptions>;

export function completeDecoderOptions(options: PartialDecoderOptions): DecoderOptions {
  return { inner: 4 * options.dimensions, heads: 4, dropout: 0, epsilon: 1e-6, ...options };
}

/**
 * The one layer that each decoder is. Where the paper's turns queries and keys by their positions (RoPE), ours adds learned positions, as the encoder
 * does: a single layer whose masked inputs are all the same would otherwise tell two places apart by the attention's weights alone.
 */
export function bidirectionalBlock(options: DecoderOptions, key: tf.Tensor1D): BidirectionalBlock {
  const { dimensions, levels, length } = options;
  const [codeKey, contentKey, blockKey] = Rng.split(key, 3);
  const table = (tableKey: tf.Tensor1D, rows: number) =>
    parameter(normalInit(0.02), tableKey, [rows, dimensions]);
  return {
    positions: { codes: table(codeKey, levels), content: table(contentKey, length) },
    block: preNormBlock(options, blockKey),
    finalNorm: rmsNorm({ dimensions }),
  };
}

/**
 * The states of the content in [codes; content]; every position sees every other, before and behind it, but no padding.
 * @param z        [B, L, d]
 * @param content  [B, N, d], masked
 * @param valid    [B, N], 0 where the content is padding
 * @returns [B, N, d]
 * @see UTGRec, arXiv:2504.04405, the lightweight decoders; bidirectional in the authors' model.py
 */
export function applyBidirectionalBlock(
  { positions, block, finalNorm }: BidirectionalBlock<tf.Tensor>,
  { heads, dropout, epsilon, levels, length, dimensions }: DecoderOptions,
  { z, content, valid }: { z: tf.Tensor3D; content: tf.Tensor3D; valid: tf.Tensor2D },
  keys?: KeyStream,
): tf.Tensor3D {
  const [batch] = z.shape;
  const expected = `z [${batch},${levels},${dimensions}], content [${batch},${length},${dimensions}]`;
  const found = `z [${z.shape}], content [${content.shape}]`;
  if (found !== expected) throw new Error(`The decoder needs ${expected}; got ${found}.`);
  const sequence = concat<tf.Tensor3D>([z.add(positions.codes), content.add(positions.content)], 1);
  const mask = attentionMask(concat([tf.ones([batch, levels]), valid], 1), { causal: false });
  const states = applyPreNormBlock(block, sequence, { heads, dropout, epsilon, mask, last: length, keys });
  return applyRmsNorm(finalNorm, states, epsilon) as tf.Tensor3D;
}
