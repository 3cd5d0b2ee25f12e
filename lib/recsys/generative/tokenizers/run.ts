import type { tf } from "../../../tensor";
import type { RqVae } from "../rqVae";
import type { RqVaeEpoch, RqVaeTrainingOptions, RqVaeTrainingResult, Snapshot } from "../rqVaeTraining";

/** What all recipes can be told. Sizes and rates that are left out are those of the recipe's paper. */
export interface TokenizerOptions
  extends Pick<
    RqVaeTrainingOptions,
    "seed" | "items" | "snapshots" | "restarts" | "onEpoch" | "signal" | "batchSize" | "learningRate"
  > {
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly hidden?: readonly number[];
  /** d */
  readonly dimensions?: number;
  /** H */
  readonly levels?: number;
  /** K, codes a level. */
  readonly codes?: number;
  readonly epochs?: number;
}

export interface TokenizerRun {
  /** Codes of all items; the last ones are those after the last step. Empty where the training was stopped before the first. */
  readonly snapshots: readonly Snapshot[];
  readonly history: readonly RqVaeEpoch[];
  /** H of them, [K, d] row by row: the codes in the end. */
  readonly codewords: readonly Float32Array[];
}

/** Trains a model and frees it, whether or not the training ends well. */
export async function runTokenizer(
  model: RqVae,
  train: (model: RqVae) => Promise<RqVaeTrainingResult>,
): Promise<TokenizerRun> {
  try {
    const { snapshots, history } = await train(model);
    return { snapshots, history, codewords: model.weights.codebooks.map(valuesOf) };
  } finally {
    model.dispose();
  }
}

function valuesOf(codebook: tf.Tensor): Float32Array {
  return Float32Array.from(codebook.dataSync());
}
