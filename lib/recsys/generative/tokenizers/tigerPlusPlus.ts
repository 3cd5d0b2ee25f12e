import type { tf } from "../../../tensor";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./tokenizer";

/**
 * TIGER++, MTGRec's tokenizer: an RQ-VAE whose codes are running averages, from k-means on all training items, trained with Adagrad. The paper has
 * 2048, 1024, 512, 256 → 128 channels, 3 levels of 256 codes, 10,000 epochs of batches of 2048 items at a rate of 0.001. Items that collide get a
 * digit (`collisions: "digit"` of the token map).
 * @param content [items, inputs], whitened
 * @throws Error where there are fewer training items than codes, or where the loss is not finite
 * @see MTGRec, arXiv:2504.04400, section 3.2 and its code
 */
export function trainTigerPlusPlus(content: tf.Tensor2D, options: TokenizerOptions): Promise<TokenizerRun> {
  return runTokenizer(content, options, { codebooks: "ema" });
}
