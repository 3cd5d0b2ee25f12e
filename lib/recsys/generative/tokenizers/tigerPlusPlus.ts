import type { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { rqVae } from "../rqVae";
import { trainRqVae } from "../rqVaeTraining";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./run";

/**
 * TIGER++, the tokenizer of MTGRec: TIGER's RQ-VAE on whitened content, with a deeper encoder and codes that are running averages, which start from
 * k-means on all training items. Codes that collide get a digit (`collisions: "digit"` of the token map).
 *
 * Defaults: 2048, 1024, 512, 256 → 128 channels, 3 levels of 256 codes, 10,000 epochs of batches of 2048, Adagrad at 0.001.
 * @param content [items, inputs], whitened (`fitPca`, `applyPca` with `whiten`)
 * @throws Error where there are fewer training items than codes, or where the loss is not finite
 * @see MTGRec, arXiv:2504.04400, section 3.2 and its code
 */
export function trainTigerPlusPlus(
  content: tf.Tensor2D,
  {
    hidden = [2048, 1024, 512, 256],
    dimensions = 128,
    levels = 3,
    codes = 256,
    epochs = 10_000,
    ...options
  }: TokenizerOptions,
): Promise<TokenizerRun> {
  const sizes = { inputs: content.shape[1], hidden, dimensions, levels, codes };
  const key = Rng.key(options.seed);
  const model = rqVae({ ...sizes, codebooks: "ema" }, key);
  key.dispose();
  return runTokenizer(model, () => trainRqVae(model, content, { ...options, epochs }));
}
