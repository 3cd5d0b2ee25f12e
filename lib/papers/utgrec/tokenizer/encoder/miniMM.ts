import { attentionMask } from "../../../../nn/attention";
import { applyDense, type Dense, dense } from "../../../../nn/dense";
import { applyDropout, type KeyStream } from "../../../../nn/dropout";
import { applyEmbedding, type Embedding, embedding } from "../../../../nn/embedding";
import { normalInit, parameter } from "../../../../nn/initializers";
import type { LoraOptions } from "../../../../nn/lora";
import { applyRmsNorm, type RmsNorm, rmsNorm } from "../../../../nn/rmsNorm";
import { concat, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { type ContentSizes, type ItemContent, isText, PADDING } from "../content";
import {
  applyPreNormBlock,
  type BlockLora,
  blockLora,
  mergeBlockLora,
  type PreNormBlock,
  preNormBlock,
} from "./preNormBlock";

export interface MiniMmOptions extends ContentSizes {
  /** Ids of the text, padding and mask included. */
  readonly vocabulary: number;
  /** L, code tokens. */
  readonly levels: number;
  /** d */
  readonly dimensions: number;
  /** Width of the feed-forward networks. */
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  /** Of the embedded sequence and of what each sublayer adds. */
  readonly dropout: number;
  /** Of the norms. */
  readonly epsilon: number;
}

export const MINI_MM_DEFAULTS = {
  levels: 3,
  dimensions: 48,
  inner: 192,
  layers: 2,
  heads: 4,
  dropout: 0.1,
  epsilon: 1e-6,
} as const satisfies Partial<MiniMmOptions>;

export type MiniMmWeights<T extends tf.Tensor = tf.Variable> = {
  /** Stands for the vision tower: a patch [C] to [d]. */
  readonly vision: Dense<T>;
  /** [vocabulary, d]: input of the texts, and head of whatever predicts words. */
  readonly words: Embedding<T>;
  /** [L, d]: one a code; each has a place of its own, so that none needs a position. */
  readonly codeTokens: T;
  /** Learned, [P, d] and [T, d]. */
  readonly positions: { readonly patches: T; readonly text: T };
  readonly blocks: readonly PreNormBlock<T>[];
  readonly finalNorm: RmsNorm<T>;
  /** Changes of the blocks' matrices, one a block; absent before `withLora`. */
  readonly lora?: readonly BlockLora<T>[];
};

export interface MiniMm<T extends tf.Tensor = tf.Variable> {
  readonly options: MiniMmOptions;
  readonly weights: MiniMmWeights<T>;
  /** Of `weights.lora`. */
  readonly lora?: LoraOptions;
}

/**
 * A small causal language model with eyes in the place of the paper's Qwen2-VL-2B: it reads an item and writes one vector a code. Embeddings are
 * N(0, 0.02²).
 * @see UTGRec, arXiv:2504.04405, whose model this one stands for
 */
export function miniMM(
  options: Partial<MiniMmOptions> & ContentSizes & { readonly vocabulary: number },
  key: tf.Tensor1D,
): MiniMm {
  const complete: MiniMmOptions = { ...MINI_MM_DEFAULTS, ...options };
  const { vocabulary, dimensions, levels, layers, patches, channels, textLength } = complete;
  if (layers < 1) throw new Error(`MiniMM needs at least one layer, got ${layers}.`);
  const weights = tf.tidy(() => {
    const [visionKey, wordKey, codeKey, patchKey, textKey, ...blockKeys] = Rng.split(key, 5 + layers);
    const table = (tableKey: tf.Tensor1D, rows: number) =>
      parameter(normalInit(0.02), tableKey, [rows, dimensions]);
    return {
      // Patches are near 1 in size, words 0.02: so that both take part in the first layer's norm, one projection is as small as the other's table.
      vision: dense({ inputs: channels, outputs: dimensions, init: normalInit(0.02) }, visionKey),
      words: embedding({ count: vocabulary, dimensions }, wordKey),
      codeTokens: table(codeKey, levels),
      positions: { patches: table(patchKey, patches), text: table(textKey, textLength) },
      blocks: blockKeys.map((blockKey) => preNormBlock(complete, blockKey)),
      finalNorm: rmsNorm({ dimensions }),
    };
  });
  return { options: complete, weights };
}

/** The paper's: rank 8, α 32, dropout 0.1. */
export const LORA_DEFAULTS = { rank: 8, alpha: 32, dropout: 0.1 } as const satisfies LoraOptions;

/** The same model, sharing its variables, with a change of low rank beside each matrix of its blocks; it does nothing until it is trained. */
export function withLora(model: MiniMm, options: Partial<LoraOptions>, key: tf.Tensor1D): MiniMm {
  const lora: LoraOptions = { ...LORA_DEFAULTS, ...options };
  const { blocks } = model.weights;
  const changes = tf.tidy(() => {
    const keys = Rng.split(key, blocks.length);
    return blocks.map((block, layer) => blockLora(block, lora.rank, keys[layer]));
  });
  return { ...model, lora, weights: { ...model.weights, lora: changes } };
}

/** The model without low-rank changes that gives the same vectors in evaluation. Its matrices are new tensors, the rest is shared. */
export function mergedMiniMm({ options, weights, lora }: MiniMm<tf.Tensor>): MiniMm<tf.Tensor> {
  const { lora: changes, ...own } = weights;
  if (changes === undefined || lora === undefined) return { options, weights };
  const blocks = weights.blocks.map((block, layer) => mergeBlockLora(block, changes[layer], lora.alpha));
  return { options, weights: { ...own, blocks } };
}

/** When something is trained: `pretraining` the model itself, `tokenizer` what the paper trains, `all` everything at once. */
export type MiniMmPhase = "pretraining" | "tokenizer" | "all";

/**
 * What the optimiser moves. For the tokenizer these are the low-rank changes and, in full, the embeddings, our positions among them; vision, the blocks'
 * own matrices and the norms are frozen.
 * @throws Error for `tokenizer` where the model has no low-rank changes
 * @see UTGRec, arXiv:2504.04405; the authors' model.py for which modules are trained in full
 */
export function trainedMiniMm({ weights }: MiniMm, phase: MiniMmPhase): Partial<MiniMmWeights> {
  const { lora, ...own } = weights;
  if (phase === "pretraining") return own;
  if (phase === "all") return weights;
  if (lora === undefined)
    throw new Error("trainedMiniMm: the tokenizer trains low-rank changes; make them by withLora first.");
  const { words, codeTokens, positions } = own;
  return { words, codeTokens, positions, lora };
}

/**
 * H: the last layer's vectors at the code tokens. The sequence is [P patches][T words][L codes] and attention is causal, so that code l sees all of the
 * content and the codes before it. Padding is hidden from every query. So are the patches of an item without an image: that is our form of the second
 * wording of the prompt, which tells the paper's model that there is none.
 * @param keys  of the dropout; absent: evaluation
 * @returns [B, L, d]
 * @see UTGRec, arXiv:2504.04405, item encoding; the authors' data.py for the prompt
 */
export function encodeContent(
  { options, weights, lora }: MiniMm<tf.Tensor>,
  { text, image, hasImage }: ItemContent,
  keys?: KeyStream,
): tf.Tensor3D {
  const { patches, channels, textLength, levels, layers, heads, dropout, epsilon } = options;
  const [batch] = text.shape;
  const expected = `text [${batch},${textLength}], image [${batch},${patches},${channels}], hasImage [${batch}]`;
  const found = `text [${text.shape}], image [${image.shape}], hasImage [${hasImage.shape}]`;
  if (found !== expected) throw new Error(`encodeContent: the model reads ${expected}; got ${found}.`);
  const { vision, words, codeTokens, positions } = weights;
  const sequence = concat<tf.Tensor3D>(
    [
      applyDense(vision, image).add(positions.patches),
      applyEmbedding(words, text, { padding: PADDING }).add(positions.text),
      codeTokens.expandDims(0).tile([batch, 1, 1]),
    ],
    1,
  );
  const valid = concat<tf.Tensor2D>(
    [hasImage.expandDims(1).tile([1, patches]), isText(text), tf.ones([batch, levels])],
    1,
  );
  const mask = attentionMask(valid, { causal: true });
  const length = sequence.shape[1];
  let hidden = applyDropout(sequence, dropout, keys) as tf.Tensor3D;
  weights.blocks.forEach((block, layer) => {
    // Nobody reads what the last layer would write at the content.
    const last = layer === layers - 1 ? levels : length;
    hidden = applyPreNormBlock(block, hidden, {
      heads,
      dropout,
      epsilon,
      mask,
      last,
      lora: weights.lora && lora && { changes: weights.lora[layer], options: lora },
      keys,
    });
  });
  return applyRmsNorm(weights.finalNorm, hidden, epsilon) as tf.Tensor3D;
}
