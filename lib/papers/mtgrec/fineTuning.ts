import type { SequentialDataset } from "../../recsys";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { type T5Training, type T5TrainingOptions, trainT5 } from "../../recsys/generative/t5Training";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import { keptWeights, type tf } from "../../tensor";
import { variables } from "../../tensor/tree";
import type { Checkpoint } from "./pretraining";

export interface FineTuningOptions extends Omit<T5TrainingOptions, "validate"> {
  /** The tokenizers to try, by their places in `maps`. */
  readonly tokenizers: readonly number[];
  /** How good the model is now on the validation split as this tokenizer writes it. */
  readonly validate: (map: TokenMap) => number;
  /** Before each candidate, from 1. */
  readonly onCandidate?: (candidate: number, of: number) => void;
}

/** A checkpoint and a tokenizer, and what fine-tuning has made of them. */
export interface Candidate {
  readonly checkpoint: Checkpoint;
  /** Its place in `maps`. */
  readonly tokenizer: number;
  readonly training: T5Training;
}

/**
 * Fine-tunes every checkpoint on every tokenizer by itself, so that an item has one identifier again, and leaves the model with what validates
 * best.
 * @returns all candidates, the best first; the signal may have cut the list short
 * @see MTGRec, section 3.4
 */
export async function fineTune(
  model: T5,
  dataset: SequentialDataset,
  maps: readonly TokenMap[],
  checkpoints: readonly Checkpoint[],
  { tokenizers, validate, onCandidate, ...options }: FineTuningOptions,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  const total = checkpoints.length * tokenizers.length;
  const best = keptWeights(variables(model.weights));
  try {
    for (const checkpoint of checkpoints) {
      for (const tokenizer of tokenizers) {
        onCandidate?.(candidates.length + 1, total);
        setWeights(model, checkpoint.weights);
        const map = maps[tokenizer];
        const tuned = await trainT5(model, dataset, map, { ...options, validate: () => validate(map) });
        const leading = candidates.every((other) => other.training.bestValidation < tuned.bestValidation);
        candidates.push({ checkpoint, tokenizer, training: tuned });
        if (leading) best.keep();
        if (!tuned.complete) return candidates;
      }
    }
    return candidates.sort((a, b) => b.training.bestValidation - a.training.bestValidation);
  } finally {
    best.restore();
    best.dispose();
  }
}

/** @param weights in the order of `variables(model.weights)` */
export function setWeights(model: T5, weights: readonly tf.Tensor[]): void {
  variables(model.weights).forEach((variable, k) => {
    variable.assign(weights[k]);
  });
}
