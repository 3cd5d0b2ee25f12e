import { adam, type Schedule } from "../../optim";
import { compile, type KeptWeights, keptWeights, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { variables } from "../../tensor/tree";
import { batchTensors, prefixBatch, shuffledBatches } from "../batches";
import type { SequentialModel, TrainingBatch } from "../models/sequentialModel";
import { trainingPrefixes } from "../split";
import { eventLoop, filledUp, lossMeter, rowWeights } from "../stepping";
import { type Progress, type TrainOptions, type TrainResult, train } from "../train";
import type { ContentDomain } from "./domains";
import type { TransferModel } from "./transferModel";

export interface PretrainingOptions {
  /** L, items of history a case. */
  readonly windowLength: number;
  readonly epochs: number;
  /** Rows a step: the negatives come from among them. Default 2048. */
  readonly batchSize?: number;
  /** Of Adam. Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Clip the gradient to this global norm. Default: no clipping. */
  readonly clipNorm?: number;
  /** Order of the batches, dropout, and all else that is drawn come from it. */
  readonly seed: number;
  /** Called after a step, once 300 ms have passed since the last call. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called after each epoch, from 1, with the mean loss of its steps. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

const REPORT_EVERY_MS = 300;

/**
 * Pre-trains a model on all prefixes of the training parts of the mixture's sequences, all domains shuffled together; validation and test items are never
 * seen. Forward, backward and update are one compiled step. The weights of the last epoch stay: nothing is chosen by validation.
 * @returns the mean loss of each epoch that was finished
 * @throws Error where the loss is not finite
 */
export async function pretrainOnMixture(
  model: TransferModel,
  mixture: ContentDomain,
  options: PretrainingOptions,
): Promise<number[]> {
  const { windowLength, epochs, batchSize = 2048, learningRate = 0.001, clipNorm, seed } = options;
  const { data } = mixture;
  const cases = trainingPrefixes(data);
  const stepsPerEpoch = Math.ceil(cases.length / batchSize);
  const objective = model.pretraining(mixture, seed);
  const optimizer = adam(objective.parameters, { learningRate, clipNorm });
  const key = Rng.key(seed);
  const step = compile(
    (batch: TrainingBatch, index: tf.Scalar) =>
      optimizer.step(() => objective.loss(batch, Rng.foldIn(key, index))),
    { name: `${model.name} pre-training step`, xla: false },
  );
  let steps = 0;

  /** One pass over the cases; the mean loss, or undefined where the signal cut it short. */
  async function runEpoch(epoch: number): Promise<number | undefined> {
    const meter = lossMeter();
    let reported = performance.now();
    let inEpoch = 0;
    try {
      for (const chosen of shuffledBatches(cases, { batchSize, seed, epoch })) {
        if (options.signal?.aborted) return undefined;
        meter.add(
          tf.tidy(() => {
            const batch = batchTensors(prefixBatch(data, filledUp(chosen, batchSize), windowLength));
            const weights = rowWeights(chosen.length, batchSize);
            return step({ ...batch, weights }, tf.scalar(steps, "int32"));
          }),
        );
        steps++;
        inEpoch++;
        if (performance.now() - reported >= REPORT_EVERY_MS) {
          options.onProgress?.({ epoch, step: inEpoch, stepsPerEpoch, loss: meter.drain() });
          await eventLoop();
          reported = performance.now();
        }
      }
      return meter.mean();
    } finally {
      meter.dispose();
    }
  }

  const losses: number[] = [];
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const loss = await runEpoch(epoch);
      if (loss === undefined) break;
      if (!Number.isFinite(loss))
        throw new Error(
          `${model.name}: the loss of pre-training epoch ${epoch} is ${loss}. Lower the learning rate.`,
        );
      losses.push(loss);
      options.onEpoch?.(epoch, loss);
      await eventLoop();
    }
    return losses;
  } finally {
    optimizer.dispose();
    step.dispose();
    key.dispose();
    objective.dispose();
  }
}

/** A model on a target, fine-tuned. */
export interface FineTuned {
  /** Ranks all items of the target: `evaluate(model.score, target.data, "test", ..)`. */
  readonly model: SequentialModel;
  /** What each stage's training went through. */
  readonly stages: readonly TrainResult[];
  /** Frees what was made for the target. The model's weights stay. */
  dispose(): void;
}

export type FineTuningOptions = Omit<TrainOptions, "checkpoint" | "keep">;

/**
 * Fine-tunes a model on the training part of a target, stage by stage, by the loop of `train`: a stage without a number of epochs ends once the validation
 * NDCG gets no better, with the weights of its best epoch. A model that was never pre-trained is thereby trained from scratch.
 *
 * The model's own weights are moved: keep a copy of them (`copyWeights`), where there is another target to come.
 */
export async function fineTune(
  model: TransferModel,
  target: ContentDomain,
  options: FineTuningOptions,
): Promise<FineTuned> {
  const tuning = model.fineTuning(target, options.seed);
  try {
    const stages: TrainResult[] = [];
    for (const { model: recommender, epochs, start } of tuning.stages) {
      start?.();
      const fixed = epochs === undefined ? {} : { epochs, keep: "last" as const };
      stages.push(await train(recommender, target.data, { ...options, ...fixed }));
      if (options.signal?.aborted) break;
    }
    return { model: tuning.stages[tuning.stages.length - 1].model, stages, dispose: tuning.dispose };
  } catch (error) {
    tuning.dispose();
    throw error;
  }
}

/** A copy of a model's weights, to put back before the next target. */
export function copyWeights({ weights }: Pick<TransferModel, "weights">): KeptWeights {
  const copy = keptWeights(variables(weights as object));
  copy.keep();
  return copy;
}
