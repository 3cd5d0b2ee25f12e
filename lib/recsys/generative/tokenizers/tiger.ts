import type { tf } from "../../../tensor";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./tokenizer";

/**
 * TIGER's tokenizer: an RQ-VAE whose codes are trained by gradient, from k-means on the first batch, here with MTGRec's optimiser, Adagrad.
 * TIGER has 512, 256, 128 → 32 channels and 3 levels of 256 codes. Items that collide get a digit (`collisions: "digit"` of the token map).
 * @param content [items, inputs], not whitened
 * @throws Error where the first batch has fewer items than a level has codes, or where the loss is not finite
 * @see Rajput et al. 2023, arXiv:2305.05065, 3.1
 */
export function trainTiger(content: tf.Tensor2D, options: TokenizerOptions): Promise<TokenizerRun> {
  return runTokenizer(content, options, { codebooks: "gradient", startOn: "first batch" });
}
