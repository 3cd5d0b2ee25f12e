import { compareTimes } from "../../experiment/timing";
import {
  createEvaluator,
  type Evaluation,
  type SequentialDataset,
  samplePrefixes,
  segmentMeans,
  splitTargets,
  timeSegments,
} from "../../recsys";
import { buildBaseline } from "../../recsys/baselines";
import { type LoadedDataset, type LoadOptions, loadDataset } from "../../recsys/datasets";
import { gru4Rec } from "../../recsys/models/gru4rec";
import { sasRec } from "../../recsys/models/sasrec";
import type { SequentialModel } from "../../recsys/models/sequentialModel";
import { type EpochRecord, type Progress, type TrainResult, train } from "../../recsys/train";
import type { TrainingCheckpoint } from "../../recsys/trainingState";
import type { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { ModelName, T2ARecConfig } from "./config";
import { medianGapDifference } from "./lambda";
import { type T2ARec, t2aRec } from "./model";
import { type TestTimeOptions, testTimeScores } from "./testTime";
import { LOSSES, type Losses } from "./variants";

/** The data of a configuration; simulators take their seed from it. */
export function loadData(config: T2ARecConfig, options: LoadOptions = {}): Promise<LoadedDataset> {
  return loadDataset(config.dataset, {
    ...options,
    simulator: { users: config.simulatedUsers, ...options.simulator },
  });
}

/** A fresh baseline or T2ARec; `losses` says which alignment losses T2ARec trains with. */
export function buildModel(
  name: ModelName,
  config: T2ARecConfig,
  data: SequentialDataset,
  losses: Losses = LOSSES.both,
): SequentialModel {
  const { dimensions, windowLength, batches } = config;
  const items = data.items;
  const key = Rng.key(config.seed);
  try {
    switch (name) {
      case "GRU4Rec":
        return gru4Rec(
          { items, dimensions, hidden: config.gruHidden, dropout: config.gruDropout, batches },
          key,
        );
      case "SASRec":
        return sasRec({ items, windowLength, dimensions, dropout: config.sasRecDropout, batches }, key);
      case "T2ARec":
        return buildT2ARec(config, data, losses, key);
      default:
        return buildBaseline(
          name,
          {
            ...{ items, users: data.users, windowLength, dimensions, batches },
            timed: data.times !== undefined,
            servingTime: config.baselineServingTime,
          },
          key,
        );
    }
  } finally {
    key.dispose();
  }
}

function buildT2ARec(
  config: T2ARecConfig,
  data: SequentialDataset,
  losses: Losses,
  key: tf.Tensor1D,
): T2ARec {
  const {
    dimensions,
    stateSize,
    convolutionWidth,
    dropout,
    dtInit,
    dSkip,
    refeedContext,
    qFrom,
    form,
    chunk,
  } = config;
  const { block, servingTime } = config;
  const scale = losses.time ? gapScale(config, data) : 1; // without L_time nothing is measured by it
  return t2aRec(
    {
      items: data.items,
      ...{
        dimensions,
        stateSize,
        convolutionWidth,
        dropout,
        dtInit,
        dSkip,
        refeedContext,
        qFrom,
        form,
        chunk,
      },
    },
    {
      alignment: {
        scale,
        block,
        servingTime,
        timeWeight: losses.time ? config.timeWeight : 0,
        stateWeight: losses.state ? config.stateWeight : 0,
      },
      batches: config.batches,
    },
    key,
  );
}

/** λ as configured, or the median of the training data. */
function gapScale({ lambda, windowLength, block }: T2ARecConfig, data: SequentialDataset): number {
  return lambda > 0 ? lambda : medianGapDifference(data, windowLength, block);
}

/** What hears of a training while it runs. */
export interface Listener {
  readonly onProgress?: (progress: Progress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  readonly signal?: AbortSignal;
  readonly checkpoint?: TrainingCheckpoint;
}

/** Trains a model as the configuration says, and leaves it with the weights of its best epoch on validation. */
export function trainModel(
  model: SequentialModel,
  data: SequentialDataset,
  config: T2ARecConfig,
  listener: Listener = {},
): Promise<TrainResult> {
  const { windowLength, batchSize, learningRate, epochs, patience, seed, prefixesPerUser } = config;
  const sampled = model.batches !== "position" && prefixesPerUser > 0;
  return train(model, data, {
    ...{ windowLength, batchSize, learningRate, epochs, patience, seed },
    evaluationBatchSize: config.evaluationBatchSize,
    ...(sampled ? { cases: (epoch: number) => samplePrefixes(data, prefixesPerUser, { seed, epoch }) } : {}),
    ...listener,
  });
}

/** Test results of one model. */
export interface TestResult extends Evaluation {
  /** Mean NDCG@10 of the equal-count segments of the test cases, earliest targets first (figure 2); none without time stamps. */
  readonly segments?: number[];
}

/** Plain inference on a split. */
export function testModel(
  model: SequentialModel,
  data: SequentialDataset,
  config: T2ARecConfig,
  split: "validation" | "test" = "test",
): TestResult {
  return evaluateScores(model.score, data, config, split);
}

/** Inference with a test-time step on every batch (algorithm 1); `losses` says which losses it descends. */
export function testWithStep(
  model: T2ARec,
  data: SequentialDataset,
  config: T2ARecConfig,
  losses: Losses,
  split: "validation" | "test" = "test",
): TestResult {
  return evaluateScores(testTimeScores(model, testTimeOptions(config, losses)), data, config, split);
}

/** The test-time step of a configuration. */
export function testTimeOptions(config: T2ARecConfig, losses: Losses): TestTimeOptions {
  return {
    steps: config.testSteps,
    learningRate: config.testLearningRate,
    timeWeight: losses.time ? config.testTimeWeight : 0,
    stateWeight: losses.state ? config.testStateWeight : 0,
    parameters: config.testParameters,
    optimizer: config.testOptimizer,
  };
}

function evaluateScores(
  score: SequentialModel["score"],
  data: SequentialDataset,
  config: T2ARecConfig,
  split: "validation" | "test",
): TestResult {
  const evaluator = testEvaluator(score, data, config);
  try {
    const evaluation = evaluator(data, split);
    if (data.times === undefined) return evaluation;
    const segments = timeSegments(data, evaluation.cases, config.segments);
    return { ...evaluation, segments: segmentMeans(evaluation.perCase.ndcg, segments) };
  } finally {
    evaluator.dispose();
  }
}

/** Batches of nearly equal size: the rows that fill up the last one would count in a test-time step. */
function testBatchSize({ users }: SequentialDataset, { evaluationBatchSize }: T2ARecConfig): number {
  return Math.ceil(users / Math.ceil(users / evaluationBatchSize));
}

function testEvaluator(score: SequentialModel["score"], data: SequentialDataset, config: T2ARecConfig) {
  const batchSize = testBatchSize(data, config);
  return createEvaluator(score, { batchSize, windowLength: config.windowLength, xla: false });
}

/** Milliseconds that one test batch takes with each of several score functions: the median of some rounds, the functions in turn. */
export function batchMilliseconds<Name extends string>(
  scores: Readonly<Record<Name, SequentialModel["score"]>>,
  data: SequentialDataset,
  config: T2ARecConfig,
): Record<Name, number> {
  const batch = splitTargets(data, "test").subarray(0, testBatchSize(data, config));
  const names = Object.keys(scores) as Name[];
  const evaluators = names.map((name) => testEvaluator(scores[name], data, config));
  try {
    const timings = compareTimes(
      Object.fromEntries(names.map((name, i) => [name, () => void evaluators[i](data, batch)])),
      { rounds: 7, runs: 1, warmUp: 2 },
    );
    return Object.fromEntries(timings.map(({ subject, median }) => [subject, median])) as Record<
      Name,
      number
    >;
  } finally {
    for (const evaluator of evaluators) evaluator.dispose();
  }
}
