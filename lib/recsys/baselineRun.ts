import { Interrupted, type RunContext } from "../experiment/experiment";
import type { RunOutput } from "../experiment/store";
import * as Rng from "../tensor/rng";
import { countParameters, disposeTree } from "../tensor/tree";
import type { ItemAttributes } from "./attributes";
import { BASELINES, type Baseline, type BaselineName, buildBaseline } from "./baselines";
import { createEvaluator } from "./evaluate";
import type { SequentialModel } from "./models/sequentialModel";
import { type PretrainableModel, pretrain } from "./pretrain";
import type { SequentialDataset } from "./sequences";
import { samplePrefixes } from "./split";
import { train } from "./train";

/** How a baseline is trained. */
export interface BaselineConfig {
  readonly model: BaselineName;
  /** d */
  readonly dimensions: number;
  /** L */
  readonly windowLength: number;
  /** What it trains on where it can; else on prefixes. */
  readonly batches: "prefix" | "position";
  /** Random prefixes of each user an epoch, for prefix batches; 0: all. */
  readonly prefixesPerUser: number;
  readonly batchSize: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Most epochs; of the first stage, for a model that has one. */
  readonly epochs: number;
  readonly pretrainEpochs: number;
  readonly patience: number;
}

/** What the model trains on: as asked where it can, else prefixes. */
export function batchesOf({
  model,
  batches,
}: Pick<BaselineConfig, "model" | "batches">): BaselineConfig["batches"] {
  const { batches: possible }: Baseline = BASELINES[model];
  return possible.includes(batches) ? batches : "prefix";
}

/**
 * A run of a baseline: it trains, keeps the weights that validate best, and tests them once.
 * @param attributes of the items; asked for only where the model reads them
 * @throws Interrupted where the signal stops it
 */
export async function baselineRun(
  config: BaselineConfig,
  data: SequentialDataset,
  attributes: () => ItemAttributes,
  {
    signal,
    checkpoint,
    seed,
    log,
    progress,
  }: Pick<RunContext, "signal" | "checkpoint" | "seed" | "log" | "progress">,
): Promise<RunOutput> {
  const { windowLength, batchSize, learningRate, epochs, patience, prefixesPerUser } = config;
  const model = build(config, data, attributes, seed);
  const sampled = batchesOf(config) === "prefix" && prefixesPerUser > 0;
  const training = { windowLength, batchSize, learningRate, seed, signal };
  try {
    if (isPretrainable(model) && !checkpoint.exists()) {
      await pretrain(model, data, { ...training, epochs: config.pretrainEpochs });
    }
    const { bestEpoch, history, stopped } = await train(model, data, {
      ...{ ...training, epochs, patience, checkpoint },
      ...(sampled
        ? { cases: (epoch: number) => samplePrefixes(data, prefixesPerUser, { seed, epoch }) }
        : {}),
      onEpoch({ epoch, loss, validation: { ndcg } }) {
        log(epoch, { loss, "validation NDCG@10": ndcg });
        progress(epoch, epochs, `epoch ${epoch}, validation NDCG@10 ${ndcg.toFixed(4)}`);
      },
    });
    if (stopped === "aborted") throw new Interrupted();
    const { test, validation, millisecondsAUser } = evaluateTwice(model, data, windowLength);
    return {
      metrics: {
        "NDCG@10": test.metrics.ndcg,
        "Recall@10": test.metrics.recall,
        "MRR@10": test.metrics.mrr,
        "validation NDCG@10": validation.metrics.ndcg,
        "best epoch": bestEpoch,
        epochs: history.length,
        parameters: countParameters(model.parameters as object),
      },
      arrays: { ranks: test.ranks },
      timings: {
        "epoch seconds": history.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0) / history.length,
        "milliseconds a user": millisecondsAUser,
      },
    };
  } finally {
    disposeTree(model.parameters as object);
  }
}

function build(
  config: BaselineConfig,
  data: SequentialDataset,
  attributesOf: () => ItemAttributes,
  seed: number,
): SequentialModel {
  const { model, dimensions, windowLength, batches } = config;
  const { items, users, times } = data;
  const timed = times !== undefined;
  const { readsAttributes }: Baseline = BASELINES[model];
  const attributes = readsAttributes ? attributesOf() : undefined;
  const key = Rng.key(seed);
  try {
    return buildBaseline(model, { items, users, windowLength, dimensions, batches, attributes, timed }, key);
  } finally {
    key.dispose();
  }
}

function isPretrainable(model: SequentialModel): model is PretrainableModel {
  return "pretrainLoss" in model;
}

/** Both splits; the test split twice, as the first time traces the graph. */
function evaluateTwice(model: SequentialModel, data: SequentialDataset, windowLength: number) {
  const evaluator = createEvaluator(model.score, { windowLength, xla: false });
  try {
    const validation = evaluator(data, "validation");
    evaluator(data, "test");
    const start = performance.now();
    const test = evaluator(data, "test");
    return { validation, test, millisecondsAUser: (performance.now() - start) / data.users };
  } finally {
    evaluator.dispose();
  }
}
