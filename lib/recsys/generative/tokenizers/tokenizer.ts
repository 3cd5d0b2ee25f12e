import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { type RqVaeOptions, rqVae } from "../rqVae";
import { type RqVaeEpoch, type RqVaeTrainingOptions, type Snapshot, trainRqVae } from "../rqVaeTraining";

/** What every recipe of a tokenizer has to be told. */
export interface TokenizerOptions
  extends Pick<RqVaeOptions, "hidden" | "dimensions" | "levels" | "codes">,
    Pick<RqVaeTrainingOptions, "epochs" | "items" | "snapshots" | "restartAfter" | "onEpoch" | "signal"> {
  readonly batchSize: number;
  readonly learningRate: number;
  /** First weights, first codes, order of the batches, and random draws come from it. */
  readonly seed: number;
}

/** What a training of a tokenizer leaves. */
export interface TokenizerRun {
  /** Codes of all items; the last ones are those after the last step. Those taken so far where the signal ended the training. */
  readonly snapshots: readonly Snapshot[];
  readonly history: readonly RqVaeEpoch[];
  /** [H, K, d], the codebooks after the last step. */
  readonly codewords: Float32Array;
}

/** What one recipe does differently from another. */
export type Recipe = Pick<RqVaeOptions, "codebooks" | "assignment"> &
  Pick<RqVaeTrainingOptions, "optimizer" | "startOn" | "clustering" | "added" | "encode">;

/** Trains a tokenizer by a recipe, and frees its model. @param content [items, inputs] */
export async function runTokenizer(
  content: tf.Tensor2D,
  options: TokenizerOptions,
  { codebooks, assignment, ...training }: Recipe,
): Promise<TokenizerRun> {
  const { hidden, dimensions, levels, codes, ...run } = options;
  const key = Rng.key(run.seed);
  const sizes = { inputs: content.shape[1], hidden, dimensions, levels, codes };
  const model = rqVae({ ...sizes, codebooks, assignment }, key);
  try {
    const result = await trainRqVae(model, content, { ...run, ...training });
    const codewords = tf.tidy(() => tf.stack([...model.weights.codebooks]).dataSync());
    return { ...result, codewords: Float32Array.from(codewords) };
  } finally {
    model.dispose();
    key.dispose();
  }
}
