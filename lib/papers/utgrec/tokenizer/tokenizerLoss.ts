import { type KeyStream, keyStream } from "../../../nn/dropout";
import { infoNce } from "../../../recsys/contrastive";
import { noGradient, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { applyAdapter } from "./adapter";
import { prefixDifferences, prefixSums } from "./codes/prefixResidual";
import { quantizeTree, type TreeQuantized } from "./codes/treeCodes";
import { type ItemContent, joinContent } from "./content";
import { type DecodingOptions, decodingTerms } from "./decodingLoss";
import { encodeContent } from "./encoder/miniMM";
import type { UtgTokenizer } from "./tokenizer";

/** What the terms of the loss are multiplied by. */
export interface LossWeights {
  /** α, of the diffusion beside the text; at 0 no image is decoded. */
  readonly image: number;
  /**
   * λ. L_code is a mean over dimensions: where d_c is not the paper's 128, λ d_c / 128 weighs the squared distances alike, 25 at a d_c of 16. As a rule λ L_code
   * is to be between a tenth and all of L_t.
   */
  readonly code: number;
  /** μ, of the alignment with co-occurring items; at 0 they are not encoded. */
  readonly alignment: number;
  /** η, of the reconstruction of co-occurring items; at 0 they are not decoded. */
  readonly partner: number;
}

/** The paper's code's. */
export const LOSS_WEIGHTS: LossWeights = { image: 5, code: 200, alignment: 0.01, partner: 0.03 };

/** Items, each beside one that it occurs with. */
export interface PairBatch {
  readonly items: ItemContent;
  readonly partners: ItemContent;
  /** [B] int32: which item each partner is. */
  readonly partnerIds: tf.Tensor1D;
}

export interface TokenizerLossOptions extends Omit<DecodingOptions, "images"> {
  readonly weights: LossWeights;
  /** τ, what the alignment's cosines are divided by. Default 0.1. */
  readonly temperature?: number;
  /** The warm-up: the decoders read h' itself, and there is no code loss. Default false. */
  readonly bypass?: boolean;
  /** Whether there is dropout, and a balanced assignment where the books have one. Default false. */
  readonly training?: boolean;
}

/** Means over the batch, before they are weighted. */
export interface TokenizerTerms {
  /** L_t: cross-entropy of the item's words, nats. */
  readonly text: tf.Scalar;
  /** L_v: squared error of the noise on the item's patches; 0 where α is. */
  readonly image: tf.Scalar;
  /** L_t⁺ and L_v⁺: the same for the co-occurring item, from the codes of the item; 0 where η is. */
  readonly partnerText: tf.Scalar;
  readonly partnerImage: tf.Scalar;
  /** L_code; 0 in the warm-up. */
  readonly code: tf.Scalar;
  /** L_align: InfoNCE of h' and h'⁺, nats; 0 where μ is. */
  readonly alignment: tf.Scalar;
}

export interface TokenizerLoss {
  readonly loss: tf.Scalar;
  readonly terms: TokenizerTerms;
  /** [B, L] int32; in the warm-up what the codes would be. */
  readonly codes: tf.Tensor2D;
}

/**
 * How well items can be told from their codes, and how near their vectors are to those of items that they occur with:
 *
 *     L = L_t + α L_v + η (L_t⁺ + α L_v⁺) + λ L_code + μ L_align.
 *
 * Items and partners go through the encoder as one batch; the partners' gradient counts too.
 * @param key of dropout, masks and noise
 * @see UTGRec, arXiv:2504.04405, sections 3.2.3 and 3.3; the authors' code for the weights
 */
export function tokenizerLoss(
  tokenizer: UtgTokenizer,
  { items, partners, partnerIds }: PairBatch,
  { weights, temperature, bypass = false, training = false, ...decoding }: TokenizerLossOptions,
  key: tf.Tensor1D,
): TokenizerLoss {
  const [dropoutKey, decodingKey] = Rng.split(key, 2);
  const keys = training ? keyStream(dropoutKey) : undefined;
  const aligned = weights.alignment > 0;
  const encoded = itemVectors(tokenizer, aligned ? joinContent(items, partners) : items, keys);
  const [h, ofPartners] = aligned ? (tf.split(encoded, 2) as tf.Tensor3D[]) : [encoded];
  const none = tf.scalar(0);
  // L_align is taken before the differences: h' of a position holds all positions before it.
  const alignment = aligned ? alignmentLoss(h, ofPartners, partnerIds, temperature) : none;

  const { codes, quantized, loss } = bypass
    ? noGradient(() => quantizeVectors(tokenizer, h, training))
    : quantizeVectors(tokenizer, h, training);
  const read = bypass ? h : prefixSums(quantized); // h^_l = Σ_{j≤l} q_j
  const code = bypass ? none : loss;

  const told = weights.partner > 0 ? [items, partners] : [items];
  const options = { ...decoding, images: weights.image > 0 };
  const decoded = decodingTerms(tokenizer, read, told, options, decodingKey, keys);
  const [text, partnerText = none] = decoded.text;
  const [image = none, partnerImage = none] = decoded.image;

  const terms = { text, image, partnerText, partnerImage, code, alignment };
  return { loss: weightedSum(terms, weights), terms, codes };
}

function weightedSum(terms: TokenizerTerms, weights: LossWeights): tf.Scalar {
  const { text, image, partnerText, partnerImage, code, alignment } = terms;
  const reconstruction = text.add<tf.Scalar>(image.mul(weights.image));
  const ofPartner = partnerText.add<tf.Scalar>(partnerImage.mul(weights.image)).mul(weights.partner);
  const regularisation = code.mul(weights.code).add<tf.Scalar>(alignment.mul(weights.alignment));
  return reconstruction.add<tf.Scalar>(ofPartner).add<tf.Scalar>(regularisation);
}

/** h', what the adapter makes of the encoder's vectors. @param keys of the dropout; absent: evaluation @returns [B, L, d_c] */
export function itemVectors(tokenizer: UtgTokenizer, content: ItemContent, keys?: KeyStream): tf.Tensor3D {
  return applyAdapter(tokenizer.adapter, encodeContent(tokenizer.encoder, content, keys), keys);
}

/** The codes of prefix differences. @param h h', [B, L, d_c] */
export function quantizeVectors(
  { books, codes }: Pick<UtgTokenizer, "books" | "codes">,
  h: tf.Tensor3D,
  training = false,
): TreeQuantized {
  return quantizeTree(books, prefixDifferences(h), codes, { training });
}

/**
 * The mean over the positions of InfoNCE from item to partner. Partners that are the same item are no negatives of each other: among
 * as few items as a batch has on a small machine they would be too many.
 * @param h         h', [B, L, d_c]
 * @param partners  h'⁺, [B, L, d_c]
 * @see UTGRec, section 3.3, alignment
 */
export function alignmentLoss(
  h: tf.Tensor3D,
  partners: tf.Tensor3D,
  partnerIds: tf.Tensor1D,
  temperature = 0.1,
): tf.Scalar {
  const [queries, keys] = [h, partners].map((vectors) => tf.unstack(vectors, 1) as tf.Tensor2D[]);
  const losses = queries.map((query, l) => infoNce(query, keys[l], { temperature, ids: partnerIds }).mean());
  return tf.addN(losses).div(losses.length);
}
