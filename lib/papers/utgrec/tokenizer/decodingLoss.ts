import { applyDense } from "../../../nn/dense";
import type { KeyStream } from "../../../nn/dropout";
import { concat, noGradient, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import type { ItemContent } from "./content";
import { patchStates } from "./decoders/imageDecoder";
import { type MaskingRule, maskText } from "./decoders/masking";
import { textLogits, textLoss } from "./decoders/textDecoder";
import { diffusionLoss } from "./diffusion/diffusionLoss";
import type { UtgTokenizer } from "./tokenizer";

export interface DecodingOptions {
  /** Whether images are told as well as texts. Default true. */
  readonly images?: boolean;
  /** What the text decoder sees of a text. Default `80-10-10`, the paper's code's. */
  readonly masking?: MaskingRule;
  /** How often each patch is given noise. Default 4. */
  readonly repeats?: number;
  /** Whether the diffusion learns its variance as well. Default false. */
  readonly variational?: boolean;
}

/** How well contents can be told from vectors, means over words and patches. */
export interface DecodingTerms {
  /** L_t of each content: cross-entropy of its words, nats. */
  readonly text: readonly tf.Scalar[];
  /** L_v of each content: squared error of the noise on its patches; 0 where no item has an image. Empty without images. */
  readonly image: readonly tf.Scalar[];
}

/**
 * Tells several contents from the same vectors: an item's own, and that of an item it occurs with.
 * @param vectors  h^, [B, L, d_c]
 * @param contents of B items each
 * @param key      of masks and noise
 * @param keys     of the decoders' dropout; absent: evaluation
 * @see UTGRec, arXiv:2504.04405, 3.2.3 and 3.3, reconstruction
 */
export function decodingTerms(
  tokenizer: UtgTokenizer,
  vectors: tf.Tensor3D,
  contents: readonly ItemContent[],
  options: DecodingOptions,
  key: tf.Tensor1D,
  keys?: KeyStream,
): DecodingTerms {
  const [maskKey, noiseKey] = Rng.split(key, 2);
  const z = applyDense(tokenizer.conditioning, vectors) as tf.Tensor3D;
  return {
    text: textTerms(tokenizer, z, contents, options, maskKey, keys),
    image: options.images === false ? [] : imageTerms(tokenizer, z, contents, options, noiseKey, keys),
  };
}

/** All texts in one pass. */
function textTerms(
  { text: decoder, encoder }: UtgTokenizer,
  z: tf.Tensor3D,
  contents: readonly ItemContent[],
  { masking = "80-10-10" }: DecodingOptions,
  key: tf.Tensor1D,
  keys: KeyStream | undefined,
): tf.Scalar[] {
  const text = noGradient(() => concat<tf.Tensor2D>(contents.map((content) => content.text)));
  const { inputs, selected } = maskText(text, { rule: masking, words: encoder.options.vocabulary }, key);
  const conditions = concat<tf.Tensor3D>(contents.map(() => z));
  const logits = textLogits(decoder, conditions, inputs, encoder.weights.words.table, keys);
  // tfjs has no gradient for a split into one part.
  const ofContents = <T extends tf.Tensor>(rows: T) =>
    contents.length === 1 ? [rows] : (tf.split(rows, contents.length) as T[]);
  const [words, isSelected] = [ofContents(text), ofContents(selected)];
  return ofContents(logits).map((rows, k) => textLoss(rows, words[k], isSelected[k]));
}

/** All patches are masked, so that their states do not depend on the content: one pass serves all images. */
function imageTerms(
  { image: decoder, diffusion, schedule }: UtgTokenizer,
  z: tf.Tensor3D,
  contents: readonly ItemContent[],
  { repeats, variational }: DecodingOptions,
  key: tf.Tensor1D,
  keys: KeyStream | undefined,
): tf.Scalar[] {
  const states = patchStates(decoder, z, keys);
  const [B, P, d] = states.shape;
  const conditions = states.reshape([B * P, d]) as tf.Tensor2D;
  return contents.map(({ image, hasImage }, k) => {
    const targets = image.reshape([B * P, image.shape[2]]) as tf.Tensor2D;
    const weights = hasImage.expandDims(1).tile([1, P]).flatten() as tf.Tensor1D;
    const batch = { targets, conditions, weights };
    return diffusionLoss(diffusion, schedule, batch, { repeats, variational }, Rng.foldIn(key, k));
  });
}
