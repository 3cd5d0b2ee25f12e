import { applyDense } from "../../../nn/dense";
import type { ItemCodes } from "../../../recsys/generative/itemCodes";
import { filledUp, rowWeights } from "../../../recsys/stepping";
import { compile, softmaxCrossEntropy, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { prefixSums } from "./codes/prefixResidual";
import { lookUpTree } from "./codes/treeCodes";
import { FIRST_WORD, type ItemContent, MASK, selectContent } from "./content";
import { patchStates } from "./decoders/imageDecoder";
import { maskText } from "./decoders/masking";
import { textLogits } from "./decoders/textDecoder";
import { type SamplingOptions, samplePatches } from "./diffusion/diffusionSampler";
import { rowBatches } from "./exportCodes";
import type { UtgTokenizer } from "./tokenizer";

/** z of given codes: all that the decoders are told of an item. @param codes [N, L] int32 @returns [N, L, d] */
export function conditionsOf(tokenizer: UtgTokenizer, codes: tf.Tensor2D): tf.Tensor3D {
  const vectors = lookUpTree(tokenizer.books, codes, tokenizer.codes);
  return applyDense(tokenizer.conditioning, prefixSums(vectors)) as tf.Tensor3D;
}

/**
 * How likely each word is somewhere in the text of an item with these codes: the mean over the places of a whole text, all of it masked.
 * @param codes [N, L] int32
 * @returns [N, vocabulary]; padding and mask have 0
 */
export function wordsOfCodes(tokenizer: UtgTokenizer, codes: tf.Tensor2D): tf.Tensor2D {
  const { vocabulary, textLength } = tokenizer.encoder.options;
  return tf.tidy(() => {
    const N = codes.shape[0];
    const masked = tf.fill([N, textLength], MASK, "int32") as tf.Tensor2D;
    const table = tokenizer.encoder.weights.words.table;
    const logits = textLogits(tokenizer.text, conditionsOf(tokenizer, codes), masked, table);
    const words = logits.slice([0, 0, FIRST_WORD], [N, textLength, vocabulary - FIRST_WORD]);
    return tf
      .softmax(words)
      .mean<tf.Tensor2D>(1)
      .pad([
        [0, 0],
        [FIRST_WORD, 0],
      ] as [number, number][]);
  });
}

/** The k likeliest words, the likeliest first. @param words names by id @returns [N][k] */
export function topWords(
  tokenizer: UtgTokenizer,
  codes: tf.Tensor2D,
  words: readonly string[],
  k: number,
): { readonly word: string; readonly probability: number }[][] {
  const rows = tf.tidy(() => wordsOfCodes(tokenizer, codes).arraySync());
  return rows.map((probabilities) =>
    probabilities
      .map((probability, id) => ({ word: words[id], probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, k),
  );
}

/**
 * The image that items with these codes have on average, as the diffusion head draws it.
 * @param codes    [N, L] int32
 * @param samples  drawings that the mean is taken of. Default 8
 * @returns [N, P, C]
 */
export function imagesOfCodes(
  tokenizer: UtgTokenizer,
  codes: tf.Tensor2D,
  { samples = 8, ...sampling }: SamplingOptions & { readonly samples?: number },
  key: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const states = patchStates(tokenizer.image, conditionsOf(tokenizer, codes));
    const [N, P, d] = states.shape;
    const conditions = states.reshape<tf.Tensor2D>([N * P, d]).tile<tf.Tensor2D>([samples, 1]);
    const drawn = samplePatches(tokenizer.diffusion, tokenizer.schedule, conditions, sampling, key);
    return drawn.reshape([samples, N, P, drawn.shape[1]]).mean<tf.Tensor3D>(0);
  });
}

/**
 * Cross-entropy of the items' words given their codes, nats a word: the text is masked whole, so that the codes are all that tells of it.
 * @param codes of the items of `content`; after the repair of collisions as well
 */
export function codeCrossEntropy(
  tokenizer: UtgTokenizer,
  content: ItemContent,
  { values, levels }: ItemCodes,
  { batchSize = 256 }: { readonly batchSize?: number } = {},
): number {
  const items = content.hasImage.size;
  const size = Math.min(batchSize, items);
  const { vocabulary } = tokenizer.encoder.options;
  const losses = compile(
    (all: ItemContent, codes: tf.Tensor2D, rows: tf.Tensor1D, real: tf.Tensor1D) =>
      tf.tidy(() => {
        const { text } = selectContent(all, rows);
        // The rule draws nothing, so that any key will do.
        const { inputs, selected } = maskText(text, { rule: "all", words: vocabulary }, Rng.key(0));
        const table = tokenizer.encoder.weights.words.table;
        const logits = textLogits(tokenizer.text, conditionsOf(tokenizer, codes), inputs, table);
        const told = selected.mul(real.expandDims(1));
        return tf.stack([softmaxCrossEntropy(text, logits).mul(told).sum(), told.sum()]) as tf.Tensor1D;
      }),
    { name: "cross-entropy from codes", xla: false },
  );
  let [nats, words] = [0, 0];
  try {
    for (const batch of rowBatches(items, size)) {
      const rows = filledUp(batch, size);
      const codes = Int32Array.from(
        { length: size * levels },
        (_, k) => values[rows[Math.floor(k / levels)] * levels + (k % levels)],
      );
      const [sum, count] = tf.tidy(() =>
        losses(
          content,
          tf.tensor2d(codes, [size, levels], "int32"),
          tf.tensor1d(rows, "int32"),
          rowWeights(batch.length, size),
        ).dataSync(),
      );
      nats += sum;
      words += count;
    }
  } finally {
    losses.dispose();
  }
  return nats / words;
}
