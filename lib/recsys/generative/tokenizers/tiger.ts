import type { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { rqVae } from "../rqVae";
import { startCodebooks, trainRqVae } from "../rqVaeTraining";
import { runTokenizer, type TokenizerOptions, type TokenizerRun } from "./run";

/**
 * TIGER's tokenizer: an RQ-VAE whose codes are trained by gradient, from k-means on the first batch. Codes that collide get a digit
 * (`collisions: "digit"` of the token map).
 *
 * Defaults: 512, 256, 128 → 32 channels, 3 levels of 256 codes, as in TIGER; 10,000 epochs of batches of 2048, Adagrad at 0.001, as MTGRec trains it.
 * @param content [items, inputs]; TIGER takes it as the encoder of the words gives it, not whitened
 * @throws Error where the first batch has fewer items than a level has codes, or where the loss is not finite
 * @see Rajput et al. 2023, arXiv:2305.05065, 3.1 and 4
 */
export function trainTiger(
  content: tf.Tensor2D,
  {
    hidden = [512, 256, 128],
    dimensions = 32,
    levels = 3,
    codes = 256,
    epochs = 10_000,
    ...options
  }: TokenizerOptions,
): Promise<TokenizerRun> {
  const sizes = { inputs: content.shape[1], hidden, dimensions, levels, codes };
  const key = Rng.key(options.seed);
  const model = rqVae({ ...sizes, codebooks: "gradient" }, key);
  key.dispose();
  return runTokenizer(model, () =>
    trainRqVae(model, content, {
      ...options,
      epochs,
      start: (started, _, firstBatch, seed) => startCodebooks(started, firstBatch, seed),
    }),
  );
}
