import { keptWeights } from "../../tensor";
import type { SequentialDataset } from "../sequences";
import { eventLoop } from "../stepping";
import type { T5 } from "./t5Parameters";
import { type T5TrainerOptions, t5Trainer } from "./t5Trainer";
import type { TokenMap } from "./tokenMap";

export interface T5TrainingOptions extends T5TrainerOptions {
  /** Most epochs. */
  readonly epochs: number;
  /** Stop after this many validations without a better one. Default: never. */
  readonly patience?: number;
  /** Validate after every so many epochs, and after the last. Default 1. */
  readonly validateEvery?: number;
  /** The cases of an epoch, from 1. */
  readonly cases: (epoch: number) => Int32Array;
  /** How good the model is now; larger is better. */
  readonly validate: () => number;
  readonly onEpoch?: (record: T5TrainingRecord) => void;
}

export interface T5TrainingRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  /** Undefined where it was not validated. */
  readonly validation: number | undefined;
}

export interface T5Training {
  readonly history: readonly T5TrainingRecord[];
  /** The epoch whose weights the model now has; 0 if none was validated. */
  readonly bestEpoch: number;
  readonly bestValidation: number;
  /** Updates made. */
  readonly steps: number;
  /** False where the signal cut it short. */
  readonly complete: boolean;
}

/**
 * Trains a T5 on one tokenizer and leaves it with the weights that validated best: a recommender from scratch, or the fine-tuning of one that
 * has been pre-trained. The optimiser is a fresh one.
 */
export async function trainT5(
  model: T5,
  dataset: SequentialDataset,
  map: TokenMap,
  options: T5TrainingOptions,
): Promise<T5Training> {
  const { epochs, patience = Number.POSITIVE_INFINITY, validateEvery = 1, cases, validate } = options;
  const trainer = t5Trainer(model, dataset, options);
  const history: T5TrainingRecord[] = [];
  const best = keptWeights(trainer.optimizer.parameters);
  let [bestEpoch, bestValidation] = [0, Number.NEGATIVE_INFINITY];
  let late = 0;
  const result = (complete: boolean) => ({
    history,
    bestEpoch,
    bestValidation,
    steps: trainer.steps(),
    complete,
  });
  try {
    for (let epoch = 1; epoch <= epochs && late < patience; epoch++) {
      const loss = await trainer.epoch(epoch, cases(epoch), [map]);
      if (loss === undefined) return result(false);
      const validated = epoch % validateEvery === 0 || epoch === epochs;
      const validation = validated ? validate() : undefined;
      if (validation !== undefined) {
        late++;
        if (validation > bestValidation) {
          [bestEpoch, bestValidation, late] = [epoch, validation, 0];
          best.keep();
        }
      }
      const record = { epoch, loss, validation };
      history.push(record);
      options.onEpoch?.(record);
      await eventLoop();
    }
    return result(true);
  } finally {
    best.restore();
    best.dispose();
    trainer.dispose();
  }
}
