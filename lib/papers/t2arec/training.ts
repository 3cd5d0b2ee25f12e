import {
  createEvaluator,
  type Evaluation,
  type SequentialDataset,
  samplePrefixes,
  segmentMeans,
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
import { disposeTree } from "../../tensor/tree";
import type { ModelName, T2ARecConfig } from "./config";
import { medianGapDifference } from "./lambda";
import { type T2ARec, t2aRec } from "./model";
import { type TestTimeOptions, testTimeScores } from "./testTime";
import { LOSSES, type Losses, type Variant } from "./variants";

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
        return buildBaseline(name, { items, users: data.users, windowLength, dimensions, batches }, key);
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
  const { block, servingTime, windowLength } = config;
  const scale = config.lambda > 0 ? config.lambda : medianGapDifference(data, windowLength, block);
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
  /** Mean NDCG@10 of the equal-count segments of the test cases, earliest targets first (figure 2). */
  readonly segments: number[];
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
  // Batches of nearly equal size: the rows that fill up the last one would count in a test-time step.
  const batches = Math.ceil(data.users / config.evaluationBatchSize);
  const batchSize = Math.ceil(data.users / batches);
  const evaluator = createEvaluator(score, { batchSize, windowLength: config.windowLength, xla: false });
  try {
    const evaluation = evaluator(data, split);
    const segments = timeSegments(data, evaluation.cases, config.segments);
    return { ...evaluation, segments: segmentMeans(evaluation.perCase.ndcg, segments) };
  } finally {
    evaluator.dispose();
  }
}

/** One row of the comparison or of the ablation. */
export interface RunResult {
  readonly name: string;
  readonly label: string;
  readonly seed: number;
  readonly test: TestResult;
  readonly history: TrainResult["history"];
  readonly bestEpoch: number;
  /** Of its training, shared by the variants that share it. */
  readonly trainSeconds: number;
}

/** Trains and tests one baseline. */
export async function runBaseline(
  name: Exclude<ModelName, "T2ARec">,
  data: SequentialDataset,
  config: T2ARecConfig,
  listener: Listener = {},
): Promise<RunResult> {
  const model = buildModel(name, config, data);
  try {
    const { history, bestEpoch } = await trainModel(model, data, config, listener);
    const test = testModel(model, data, config);
    return {
      name,
      label: name,
      seed: config.seed,
      test,
      history,
      bestEpoch,
      trainSeconds: secondsOf(history),
    };
  } finally {
    disposeTree(model.parameters as object);
  }
}

/**
 * Trains T2ARec once for each set of training losses among the variants and tests every variant. Equal seeds start from equal weights and
 * see equal batches, so that variants can be compared in pairs.
 * @param listenerFor  what hears of the training that these variants share
 */
export async function runVariants(
  variants: readonly Variant[],
  data: SequentialDataset,
  config: T2ARecConfig,
  listenerFor: (sharing: readonly Variant[]) => Listener = () => ({}),
): Promise<RunResult[]> {
  const groups = new Map<string, Variant[]>();
  for (const variant of variants) {
    const id = `${variant.train.time} ${variant.train.state}`;
    groups.set(id, [...(groups.get(id) ?? []), variant]);
  }
  const results = new Map<Variant, RunResult>();
  for (const sharing of groups.values()) {
    const model = buildModel("T2ARec", config, data, sharing[0].train) as T2ARec;
    try {
      const { history, bestEpoch } = await trainModel(model, data, config, listenerFor(sharing));
      for (const variant of sharing) {
        const { name, label } = variant;
        const test = testWithStep(model, data, config, variant.test);
        results.set(variant, {
          name,
          label,
          seed: config.seed,
          test,
          history,
          bestEpoch,
          trainSeconds: secondsOf(history),
        });
      }
    } finally {
      disposeTree(model.parameters);
    }
  }
  return variants.map((variant) => results.get(variant)!);
}

function secondsOf(history: TrainResult["history"]): number {
  return history.reduce(
    (sum, { trainSeconds, validationSeconds }) => sum + trainSeconds + validationSeconds,
    0,
  );
}
