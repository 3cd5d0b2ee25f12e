import { applyEmbedding } from "../../nn";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { trainingItems } from "../split";
import { type ContentDomain, contentTensors } from "./domains";
import { type ProductQuantizerOptions, productCodes, trainProductQuantizer } from "./productQuantization";

/**
 * The digits of all items of a domain, from a product quantiser that is fitted to the texts of its training items; where
 * these are fewer than K, there are as many codes as items.
 * @returns [V + 1, M] int32; row i is that of item id i, row 0, the padding's, is 0. The caller frees it.
 */
export function itemDigits(domain: ContentDomain, options: ProductQuantizerOptions): tf.Tensor2D {
  return tf.tidy(() => {
    const { text } = contentTensors({ data: domain.data, text: domain.text });
    const fitted = gather(text, tf.tensor1d(trainingItems(domain.data), "int32")) as tf.Tensor2D;
    const codes = Math.min(options.codes, fitted.shape[0]);
    const quantizer = trainProductQuantizer(fitted, { ...options, codes });
    const [rows, width] = text.shape;
    const digits = productCodes(quantizer, text.slice([1, 0], [rows - 1, width]));
    return tf.pad2d(digits, [
      [1, 0],
      [0, 0],
    ]);
  });
}

/**
 * The mean of the embeddings of an item's digits: what VQ-Rec knows of an item.
 * @param table  [M, K, d]
 * @param digits [N, M] int32
 * @returns [N, d]
 * @see VQ-Rec, arXiv:2210.12316, section 2.2, eq. 3
 */
export function digitVectors(table: tf.Tensor3D, digits: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const columns = tf.unstack(digits, 1);
    // digit by digit: the table rows of all digits at once are M times as many numbers as the result
    const vectors = tf
      .unstack(table)
      .map((rows, m) => applyEmbedding({ table: rows }, columns[m]) as tf.Tensor2D);
    return tf.addN(vectors).div(vectors.length);
  });
}

/**
 * Items that do not exist: each digit of an item is replaced by a random one with a certain probability.
 * @param digits [N, M] int32
 * @param codes  K
 * @returns [N, M] int32
 * @see VQ-Rec, section 2.3.2: its semi-synthetic negatives
 */
export function fakeDigits(
  digits: tf.Tensor2D,
  { codes, ratio }: { readonly codes: number; readonly ratio: number },
  key: tf.Tensor1D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const [coinKey, codeKey] = Rng.split(key, 2);
    const replaced = Rng.bernoulli(coinKey, ratio, digits.shape).toInt();
    const random = Rng.randint(codeKey, digits.shape, 0, codes);
    return digits.add(replaced.mul(random.sub(digits)));
  });
}
