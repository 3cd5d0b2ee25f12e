import { noGradient, tf, where } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { FIRST_WORD, MASK } from "../content";

/**
 * What stands in the place of a word that is to be told:
 * - `80-10-10`: the mask (80%), a random word (10%), or the word itself (10%): the authors' code;
 * - `all`: the mask. The decoder sees the codes, and of the text its length only.
 */
export type MaskingRule = "80-10-10" | "all";

const MASKED = 0.8;
const MASKED_OR_RANDOM = 0.9;

export interface MaskTextOptions {
  readonly rule: MaskingRule;
  /** Size of the vocabulary, padding and mask included. */
  readonly words: number;
}

export interface MaskedText {
  /** [B, T] int32: what the decoder sees. */
  readonly inputs: tf.Tensor2D;
  /** [B, T]: 1 where a word is to be told: everywhere but at padding. */
  readonly selected: tf.Tensor2D;
}

/**
 * Masks a text for its reconstruction: all words are selected, as a mask ratio of 1.
 * @param text [B, T] int32
 * @see UTGRec, arXiv:2504.04405, text reconstruction; the authors' data.py
 */
export function maskText(text: tf.Tensor2D, { rule, words }: MaskTextOptions, key: tf.Tensor1D): MaskedText {
  return noGradient(() => {
    const isWord = text.greaterEqual(tf.scalar(FIRST_WORD, "int32"));
    const mask = tf.fill(text.shape, MASK, "int32");
    const hidden = rule === "all" ? mask : mixed(text, mask, words, key);
    return {
      inputs: where(isWord, hidden, text) as tf.Tensor2D,
      selected: isWord.toFloat() as tf.Tensor2D,
    };
  });
}

function mixed(text: tf.Tensor2D, mask: tf.Tensor, words: number, key: tf.Tensor1D): tf.Tensor {
  const [fateKey, wordKey] = Rng.split(key, 2);
  const fate = Rng.uniform(fateKey, text.shape);
  const random = Rng.randint(wordKey, text.shape, FIRST_WORD, words);
  return where(fate.less(MASKED), mask, where(fate.less(MASKED_OR_RANDOM), random, text));
}
