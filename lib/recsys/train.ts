import { adam, type Schedule } from "../optim";
import { compile, tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { batchTensors, positionBatch, prefixBatch, shuffledBatches } from "./batches";
import { createEvaluator } from "./evaluate";
import type { RankingMetrics } from "./metrics";
import type { SequentialModel, TrainingBatch } from "./models/sequentialModel";
import type { SequentialDataset } from "./sequences";
import { trainingPrefixes, trainingWindows } from "./split";
import { eventLoop, filledUp, lossMeter, rowWeights } from "./stepping";
import { type TrainingCheckpoint, trainingState } from "./trainingState";

export interface TrainOptions {
  /** L, items of history a case. */
  readonly windowLength: number;
  /** Rows a step. Default 2048, RecBole's. */
  readonly batchSize?: number;
  /** Of Adam. Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Clip the gradient to this global norm. Default: no clipping. */
  readonly clipNorm?: number;
  /** Most epochs. Default 300, RecBole's. */
  readonly epochs?: number;
  /** Most steps; the epoch they end in may be cut short. Default: no limit. */
  readonly steps?: number;
  /** Stop after this many epochs without a better validation NDCG. Default 10, RecBole's `stopping_step`. */
  readonly patience?: number;
  /** `last`: keep the weights of the last epoch, and do not stop for want of improvement. Default `best`. */
  readonly keep?: "best" | "last";
  /** Cut-off of the metrics. Default 10. */
  readonly K?: number;
  /** Order of the batches and dropout come from it. */
  readonly seed: number;
  /** Rows a batch of the evaluation. Default 256. */
  readonly evaluationBatchSize?: number;
  /** The cases of an epoch: events to predict, or last targets of windows for a model of position batches. Default: all of them. */
  readonly cases?: (epoch: number) => Int32Array;
  /** Called after a step, once `reportEveryMs` has passed since the last call. */
  readonly onProgress?: (progress: Progress) => void;
  /** Default 300: a few times a second. */
  readonly reportEveryMs?: number;
  /** Called after each epoch, with its validation metrics. */
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Ends the training after the running step; the result then holds what was reached. */
  readonly signal?: AbortSignal;
  /** Saves the training after each epoch; where it holds one, the training goes on from there, and ends as if never cut off. */
  readonly checkpoint?: TrainingCheckpoint;
}

export interface Progress {
  /** From 1. */
  readonly epoch: number;
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Mean loss of the steps since the last report. */
  readonly loss: number;
}

export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  readonly validation: RankingMetrics;
  /** Whether no epoch before was better, or it did not matter (`keep: "last"`). */
  readonly best: boolean;
  /** Of training and of validation, in seconds. */
  readonly trainSeconds: number;
  readonly validationSeconds: number;
}

export interface TrainResult {
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights the model now has; 0 if none was finished. */
  readonly bestEpoch: number;
  /** `patience`: no improvement; `epochs`: the limit, or that of steps; `aborted`: by the signal. */
  readonly stopped: "patience" | "epochs" | "aborted";
}

/**
 * Trains a sequential recommender with Adam, validates it after every epoch on all items, and leaves it with the weights of its
 * best epoch, or of its last. Forward, backward and update are one compiled step; the last batch of an epoch is filled up with rows
 * of weight 0, so that one graph serves all steps. Control returns to the event loop a few times a second: a notebook can draw.
 */
export async function train(
  model: SequentialModel,
  dataset: SequentialDataset,
  options: TrainOptions,
): Promise<TrainResult> {
  const { windowLength, learningRate = 0.001, clipNorm, epochs = 300, patience = 10, K = 10, seed } = options;
  const positions = model.batches === "position";
  const allCases = positions ? trainingWindows(dataset, windowLength) : trainingPrefixes(dataset);
  const {
    batchSize = 2048,
    evaluationBatchSize = 256,
    keep = "best",
    steps: mostSteps = Number.POSITIVE_INFINITY,
    cases = () => allCases,
    reportEveryMs = 300,
  } = options;
  const validate = createEvaluator(model.score, {
    batchSize: evaluationBatchSize,
    windowLength,
    K,
    xla: model.xla ?? false,
  });
  const optimizer = adam(model.parameters, { learningRate, clipNorm });
  const key = Rng.key(seed);
  const step = compile(
    (batch: TrainingBatch, index: tf.Scalar) =>
      optimizer.step(() => model.loss(batch, Rng.foldIn(key, index))),
    { name: `${model.name} training step`, xla: model.xla ?? false },
  );
  const state = trainingState(optimizer, options.checkpoint);
  const resumed = state.resume();
  const history: EpochRecord[] = [...(resumed?.history ?? [])];
  let { steps, bestEpoch, bestValue } = resumed ?? {
    steps: 0,
    bestEpoch: 0,
    bestValue: Number.NEGATIVE_INFINITY,
  };
  const isLate = (epoch: number) => epoch - bestEpoch >= patience;

  /** One pass over the cases; the mean loss, or undefined where the signal cut it short. */
  async function runEpoch(epoch: number): Promise<number | undefined> {
    const epochCases = cases(epoch);
    const stepsPerEpoch = Math.ceil(epochCases.length / batchSize);
    const meter = lossMeter();
    let reported = performance.now();
    let inEpoch = 0;
    try {
      for (const chosen of shuffledBatches(epochCases, { batchSize, seed, epoch })) {
        if (options.signal?.aborted) return undefined;
        if (steps >= mostSteps) break;
        const make = positions ? positionBatch : prefixBatch;
        meter.add(
          tf.tidy(() => {
            const batch = batchTensors(make(dataset, filledUp(chosen, batchSize), windowLength));
            return step(
              { ...batch, weights: rowWeights(chosen.length, batchSize) },
              tf.scalar(steps, "int32"),
            );
          }),
        );
        steps++;
        inEpoch++;
        if (performance.now() - reported >= reportEveryMs) {
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

  try {
    let stopped: TrainResult["stopped"] = "epochs";
    for (
      let epoch = history.length + 1;
      epoch <= epochs && steps < mostSteps && !isLate(epoch - 1);
      epoch++
    ) {
      const start = performance.now();
      const loss = await runEpoch(epoch);
      if (loss === undefined) {
        stopped = "aborted";
        break;
      }
      if (!Number.isFinite(loss)) {
        throw new Error(
          `${model.name}: the loss of epoch ${epoch} is ${loss}. Lower the learning rate or set clipNorm.`,
        );
      }
      const trained = performance.now();
      const validation = validate(dataset, "validation").metrics;
      const better = keep === "last" || validation.ndcg > bestValue;
      if (better) {
        bestValue = validation.ndcg;
        bestEpoch = epoch;
        state.keepBest();
      }
      const trainSeconds = (trained - start) / 1000;
      const validationSeconds = (performance.now() - trained) / 1000;
      const record = { epoch, loss, validation, best: better, trainSeconds, validationSeconds };
      history.push(record);
      state.save({ epoch, steps, bestEpoch, bestValue, history });
      options.onEpoch?.(record);
      await eventLoop();
    }
    if (stopped === "epochs" && isLate(history.length)) stopped = "patience";
    return { history, bestEpoch, stopped };
  } finally {
    state.restoreBest();
    optimizer.dispose();
    step.dispose();
    validate.dispose();
    key.dispose();
  }
}
