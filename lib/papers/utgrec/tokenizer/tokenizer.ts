import type { Dense } from "../../../nn/dense";
import type { ParameterTree } from "../../../optim";
import { disposeTree, mapTree, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { type Adapter, type AdapterOptions, adapter, conditioning } from "./adapter";
import { type TreeBooks, type TreeCodesOptions, treeBooks } from "./codes/treeCodes";
import { type ImageDecoder, imageDecoder } from "./decoders/imageDecoder";
import { type TextDecoder, textDecoder } from "./decoders/textDecoder";
import { type DiffusionHead, type DiffusionHeadOptions, diffusionHead } from "./diffusion/diffusionHead";
import { type DiffusionSchedule, diffusionSchedule } from "./diffusion/diffusionSchedule";
import { type MiniMm, trainedMiniMm } from "./encoder/miniMM";

export interface UtgTokenizerOptions {
  /** L is the encoder's. */
  readonly codes: Omit<TreeCodesOptions, "levels">;
  readonly adapter?: Partial<Pick<AdapterOptions, "hidden" | "dropout">>;
  /** Default: as wide as the encoder. */
  readonly diffusion?: Partial<Omit<DiffusionHeadOptions, "channels" | "conditions">>;
  /** T of the diffusion. Default 1000. */
  readonly diffusionSteps?: number;
}

/** What reads items, gives them codes, and tells them from their codes. */
export interface UtgTokenizer {
  readonly codes: TreeCodesOptions;
  readonly encoder: MiniMm;
  readonly adapter: Adapter;
  readonly books: TreeBooks;
  /** Code space to the width of the decoders: h^ [B, L, d_c] to z [B, L, d]. */
  readonly conditioning: Dense;
  readonly text: TextDecoder;
  readonly image: ImageDecoder;
  readonly diffusion: DiffusionHead;
  readonly schedule: DiffusionSchedule;
}

/**
 * A tokenizer around an encoder, which becomes part of it.
 * @see UTGRec, arXiv:2504.04405, section 3.2
 */
export function utgTokenizer(
  encoder: MiniMm,
  { codes, diffusionSteps, ...options }: UtgTokenizerOptions,
  key: tf.Tensor1D,
): UtgTokenizer {
  const { dimensions, levels, inner, heads, epsilon, textLength, patches, channels } = encoder.options;
  const [adapterKey, codeKey, conditioningKey, textKey, imageKey, diffusionKey] = Rng.split(key, 6);
  const sizes = { dimensions, levels, inner, heads, epsilon };
  const tree = { ...codes, levels };
  const toCodes = { dimensions, codeDimensions: codes.dimensions, ...options.adapter };
  const ofHead = { channels, conditions: dimensions, width: dimensions, ...options.diffusion };
  const tokenizer = {
    codes: tree,
    encoder,
    adapter: adapter(toCodes, adapterKey),
    books: treeBooks(tree, codeKey),
    conditioning: conditioning(toCodes, conditioningKey),
    text: textDecoder({ ...sizes, length: textLength }, textKey),
    image: imageDecoder({ ...sizes, length: patches }, imageKey),
    diffusion: diffusionHead(ofHead, diffusionKey),
    schedule: diffusionSchedule(diffusionSteps),
  };
  tf.dispose([adapterKey, codeKey, conditioningKey, textKey, imageKey, diffusionKey]);
  return tokenizer;
}

/** Everything that is learned, by the part it belongs to. */
export function tokenizerWeights(tokenizer: UtgTokenizer) {
  const { encoder, adapter: toCodes, books, conditioning: toDecoders, text, image, diffusion } = tokenizer;
  return {
    encoder: encoder.weights,
    adapter: toCodes.weights,
    books,
    conditioning: toDecoders,
    text: text.weights,
    image: image.weights,
    diffusion: diffusion.weights,
  };
}

/**
 * When a tokenizer is trained:
 * - `pretraining`: E and W of every book, and all the rest;
 * - `adaptation`, to a new domain: E is frozen, so that codes keep what they have in common between domains, and W is trained;
 * - `free adaptation`: E as well, the control.
 */
export type TokenizerPhase = "pretraining" | "adaptation" | "free adaptation";

/**
 * What the optimiser moves. Of an encoder with low-rank changes these and the embeddings; of one without, everything.
 * @see UTGRec, section 3.4
 */
export function trainedWeights(tokenizer: UtgTokenizer, phase: TokenizerPhase): ParameterTree {
  const { encoder, books, ...rest } = tokenizerWeights(tokenizer);
  const trained = {
    encoder: trainedMiniMm(tokenizer.encoder, encoder.lora === undefined ? "all" : "tokenizer"),
    // A plain book has no W: frozen, it does not move at all.
    books: phase === "adaptation" ? books.map(({ map }) => (map === undefined ? {} : { map })) : books,
    ...rest,
  };
  return trained as object as ParameterTree;
}

/** A tokenizer of its own variables with the same values: what adaptations of one pre-trained tokenizer start from. */
export function copyTokenizer(tokenizer: UtgTokenizer): UtgTokenizer {
  const copy = <W extends object>(weights: W): W =>
    mapTree((weight) => tf.tidy(() => tf.variable(weight.clone())), weights) as object as W;
  const { encoder, adapter: toCodes, books, conditioning: toDecoders, text, image, diffusion } = tokenizer;
  return {
    ...tokenizer,
    encoder: { ...encoder, weights: copy(encoder.weights) },
    adapter: { ...toCodes, weights: copy(toCodes.weights) },
    books: copy(books),
    conditioning: copy(toDecoders),
    text: { ...text, weights: copy(text.weights) },
    image: { ...image, weights: copy(image.weights) },
    diffusion: { ...diffusion, weights: copy(diffusion.weights) },
  };
}

/** Frees all weights, those of the encoder too. */
export function disposeTokenizer(tokenizer: UtgTokenizer): void {
  disposeTree(tokenizerWeights(tokenizer));
}
