import { join } from "node:path";
import { type Experiment, Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import type { SequentialDataset } from "../../recsys";
import { datasetHasTimes, type LoadedDataset } from "../../recsys/datasets";
import type { SequentialModel } from "../../recsys/models/sequentialModel";
import { plantedFlags } from "../../recsys/planted";
import { loadTree, saveTree } from "../../tensor";
import { countParameters, disposeTree } from "../../tensor/tree";
import { configuration, MODELS, type ModelName, type T2ARecConfig } from "./config";
import type { T2ARec } from "./model";
import { STEP_SETTINGS } from "./steps";
import { testTimeScores } from "./testTime";
import {
  batchMilliseconds,
  buildModel,
  loadData,
  type TestResult,
  testModel,
  testTimeOptions,
  testWithStep,
  trainModel,
} from "./training";
import { ABLATIONS, LOSSES, type Losses, type LossesName } from "./variants";

const WEIGHTS = "weights.safetensors";

/** The models of table 2 besides T2ARec. */
const STATIC = MODELS.filter((model) => model !== "T2ARec");

/** Timings of a test batch, the paper's table 4; a run with a step measures both in turn, in one process. */
export const BATCH_MS = "ms a batch";
export const STEP_BATCH_MS = "ms a batch with a step";

const METRICS = ["NDCG@10", "Recall@10", "MRR@10", "validation NDCG@10"];

/** Baselines that read time stamps. */
const READ_TIMES = ["TiSASRec", "TiM4Rec"] as const satisfies readonly ModelName[];

/** Fields that matter to T2ARec alone, to its test-time step, and to one baseline each. */
const T2AREC_FIELDS: readonly (keyof T2ARecConfig)[] = [
  ...([
    "trainLosses",
    "testLosses",
    "stateSize",
    "convolutionWidth",
    "dropout",
    "dtInit",
    "dSkip",
    "refeedContext",
    "qFrom",
  ] as const),
  ...(["form", "chunk", "timeWeight", "stateWeight", "lambda", "block", "servingTime"] as const),
];
const STEP_FIELDS: readonly (keyof T2ARecConfig)[] = [
  "testSteps",
  "testLearningRate",
  "testTimeWeight",
  "testStateWeight",
  "testParameters",
  "testOptimizer",
];
const BASELINE_FIELDS: Readonly<Record<string, readonly (keyof T2ARecConfig)[]>> = {
  GRU4Rec: ["gruHidden", "gruDropout"],
  SASRec: ["sasRecDropout"],
  TiSASRec: ["baselineServingTime"],
  TiM4Rec: ["baselineServingTime"],
};

/**
 * T2ARec, its losses and its test-time step against static models. A run without a test-time step trains a model, keeps its weights and
 * tests it as it is; one with a step builds on that run, and tests the same weights with the step.
 */
export const experiment: Experiment<T2ARecConfig> = {
  name: "t2arec",
  title: "T2ARec",
  entry: "lib/papers/t2arec/experiment.ts",
  configuration,
  relevant,
  unable,
  needs: (config) => (hasStep(config) ? [withoutStep(config)] : []),
  run: (config, context) => (hasStep(config) ? testTimeRun(config, context) : trainingRun(config, context)),
  ablations: {
    models: {
      title: "Models (table 2)",
      metrics: METRICS,
      variants: [
        ...STATIC.map((model) => ({ name: model, label: model, change: { model } })),
        { name: "noBoth", label: "T2ARec w/o both", change: { trainLosses: "none", testLosses: "none" } },
        { name: "full", label: "T2ARec", change: {} },
      ],
    },
    losses: {
      title: "Alignment losses in training and at test time (table 3)",
      metrics: METRICS,
      variants: ABLATIONS.map(({ name, label, train, test }) => ({
        name,
        label,
        change: { trainLosses: nameOf(train), testLosses: nameOf(test) },
      })),
    },
    steps: {
      title: "The test-time step: the paper's literal setting first; a choice is made by validation",
      metrics: ["validation NDCG@10", "NDCG@10"],
      variants: [...STEP_SETTINGS, { name: "none", label: "no step", change: { testLosses: "none" } }],
    },
    servingTime: {
      title: "Who knows the time of serving, t_{n+1}",
      metrics: METRICS,
      variants: [
        { name: "full", label: "T2ARec", change: {} },
        { name: "fullUnknown", label: "T2ARec without t_{n+1}", change: { servingTime: false } },
        ...READ_TIMES.flatMap((model) => [
          {
            name: `${model}Known`,
            label: `${model} with t_{n+1}`,
            change: { model, baselineServingTime: true },
          },
          { name: model, label: model, change: { model } },
        ]),
      ],
    },
  },
};

function nameOf(losses: Losses): LossesName {
  return (Object.keys(LOSSES) as LossesName[]).find(
    (name) => LOSSES[name].time === losses.time && LOSSES[name].state === losses.state,
  )!;
}

function hasStep({ model, testLosses, testSteps }: T2ARecConfig): boolean {
  return model === "T2ARec" && testLosses !== "none" && testSteps > 0;
}

/** Without time stamps there are no gaps to align with or to read. */
function unable({ model, dataset, trainLosses, testLosses }: T2ARecConfig): string | undefined {
  if (datasetHasTimes(dataset)) return undefined;
  const readsTimes =
    model === "T2ARec"
      ? LOSSES[trainLosses].time || LOSSES[testLosses].time
      : (READ_TIMES as readonly string[]).includes(model);
  if (!readsTimes) return undefined;
  const reader = model === "T2ARec" ? "L_time" : model;
  return `${reader} reads time stamps, and ${dataset} has none`;
}

function withoutStep(config: T2ARecConfig): T2ARecConfig {
  return { ...config, testLosses: "none" };
}

/** The configuration without what a run of it does not read; the seed stands on its own. */
function relevant(config: T2ARecConfig): Partial<T2ARecConfig> {
  const { model, dataset } = config;
  const own = BASELINE_FIELDS[model] ?? [];
  const others = Object.values(BASELINE_FIELDS)
    .flat()
    .filter((field) => !own.includes(field));
  const unread = new Set<string>([
    "seed",
    ...others,
    ...(model === "T2ARec" ? [] : T2AREC_FIELDS),
    ...(hasStep(config) ? [] : [...STEP_FIELDS, "testLosses"]),
    ...(dataset.startsWith("simulator") ? [] : ["simulatedUsers"]),
  ]);
  return Object.fromEntries(Object.entries(config).filter(([field]) => !unread.has(field)));
}

async function trainingRun(config: T2ARecConfig, context: RunContext): Promise<RunOutput> {
  const { signal, checkpoint, folder, seed } = context;
  const seeded = { ...config, seed };
  const loaded = await loadData(seeded);
  const model = buildModel(config.model, seeded, loaded.data, LOSSES[config.trainLosses]);
  try {
    const { bestEpoch, history, stopped } = await trainModel(model, loaded.data, seeded, {
      signal,
      checkpoint,
      onEpoch({ epoch, loss, validation }) {
        context.log(epoch, { loss, "validation NDCG@10": validation.ndcg });
        context.progress(
          epoch,
          config.epochs,
          `epoch ${epoch}, validation NDCG@10 ${validation.ndcg.toFixed(4)}`,
        );
      },
    });
    if (stopped === "aborted") throw new Interrupted();
    saveTree(join(folder, WEIGHTS), model.parameters as object);
    const found = outputOf(loaded, (split) => testModel(model, loaded.data, seeded, split));
    const { plain } = batchMilliseconds({ plain: model.score }, loaded.data, seeded);
    const training = {
      "best epoch": bestEpoch,
      epochs: history.length,
      parameters: countParameters(model.parameters as object),
    };
    const timings = {
      "epoch seconds": history.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0) / history.length,
      "training seconds": history.reduce((sum, e) => sum + e.trainSeconds + e.validationSeconds, 0),
      [BATCH_MS]: plain,
    };
    return { ...found, metrics: { ...found.metrics, ...training }, timings };
  } finally {
    disposeTree(model.parameters as object);
  }
}

async function testTimeRun(config: T2ARecConfig, { need, seed }: RunContext): Promise<RunOutput> {
  const trained = await need(withoutStep(config));
  const seeded = { ...config, seed };
  const loaded = await loadData(seeded);
  const model = buildModel("T2ARec", seeded, loaded.data, LOSSES[config.trainLosses]) as SequentialModel &
    T2ARec;
  try {
    loadTree(join(trained.folder, WEIGHTS), model.parameters);
    const losses = LOSSES[config.testLosses];
    const found = outputOf(loaded, (split) => testWithStep(model, loaded.data, seeded, losses, split));
    const stepped = testTimeScores(model, testTimeOptions(seeded, losses));
    const { plain, withStep } = batchMilliseconds(
      { plain: model.score, withStep: stepped },
      loaded.data,
      seeded,
    );
    return { ...found, timings: { [BATCH_MS]: plain, [STEP_BATCH_MS]: withStep } };
  } finally {
    disposeTree(model.parameters);
  }
}

/** Metrics and ranks of both splits. */
function outputOf(
  { data, simulation }: LoadedDataset,
  evaluate: (split: "validation" | "test") => TestResult,
): RunOutput {
  const [validation, test] = [evaluate("validation"), evaluate("test")];
  const bySegment = test.segments?.map((ndcg, i) => [`NDCG@10 segment ${i + 1}`, ndcg]) ?? [];
  return {
    metrics: {
      "NDCG@10": test.metrics.ndcg,
      "Recall@10": test.metrics.recall,
      "MRR@10": test.metrics.mrr,
      "validation NDCG@10": validation.metrics.ndcg,
      ...Object.fromEntries(bySegment),
      ...(simulation === undefined ? {} : plantedMetrics(simulation, data, test)),
    },
    arrays: { ranks: test.ranks, validationRanks: validation.ranks },
  };
}

/** NDCG@10 on the targets after a planted shift of interest, and on the others. */
function plantedMetrics(
  simulation: NonNullable<LoadedDataset["simulation"]>,
  data: SequentialDataset,
  { cases, perCase }: TestResult,
) {
  const { shifted, unshifted } = plantedFlags(simulation, data, cases);
  const over = (positions: Int32Array) =>
    positions.reduce((sum, position) => sum + perCase.ndcg[position], 0) / positions.length;
  return { "NDCG@10 after a shift": over(shifted), "NDCG@10 without a shift": over(unshifted) };
}
