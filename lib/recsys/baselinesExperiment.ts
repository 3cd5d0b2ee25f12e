import { z } from "zod";
import { type Configuration, field } from "../experiment/configuration";
import type { Experiment, RunContext } from "../experiment/experiment";
import type { RunOutput } from "../experiment/store";
import { itemAttributes } from "./attributes";
import { baselineRun, batchesOf } from "./baselineRun";
import { BASELINE_NAMES, BASELINES, type Baseline } from "./baselines";
import { datasetHasTimes, datasetNames, loadDataset } from "./datasets";

const positive = () => z.number().int().positive();

const schema = z
  .object({
    dataset: field(
      z.string().refine((name) => datasetNames().includes(name), {
        message: "is no known data set; `npx reprise data list` shows them",
      }),
      "Name of the data set or simulator.",
      "suite",
    ).default("ml-100k"),
    simulatedUsers: field(positive(), "Users of a simulator.", "suite", "users").default(1500),
    model: field(z.enum(BASELINE_NAMES), "Which model is trained.", "suite").default("SASRec"),
    dimensions: field(
      positive(),
      "Width of the item embedding, d; all else is the model's own default.",
      "RecBole",
      "channels",
    ).default(64),
    windowLength: field(positive(), "Longest history, L.", "RecBole", "items").default(50),
    batches: field(
      z.enum(["prefix", "position"]),
      "Train on every prefix and its next item, or, models that can, on all positions of a window in one pass.",
      "RecBole",
    ).default("prefix"),
    prefixesPerUser: field(
      z.number().int().nonnegative(),
      "Random prefixes of each user an epoch; 0: all of them. For prefix batches.",
      "suite",
      "prefixes",
    ).default(0),
    batchSize: field(positive(), "Rows a training step.", "RecBole", "rows").default(2048),
    learningRate: field(z.number().positive(), "Step size of Adam.", "RecBole").default(1e-3),
    epochs: field(positive(), "Most epochs.", "RecBole", "epochs").default(300),
    pretrainEpochs: field(
      positive(),
      "Epochs of the first stage, for a model that has one.",
      "RecBole",
      "epochs",
    ).default(500),
    patience: field(
      positive(),
      "Epochs without a better validation NDCG before training stops.",
      "RecBole",
      "epochs",
    ).default(10),
  })
  .strict();

export type BaselinesConfig = z.infer<typeof schema>;

const configuration: Configuration<BaselinesConfig> = {
  schema,
  presets: {
    smoke: {
      status: "Seconds. It shows that everything runs.",
      config: {
        dataset: "simulator",
        simulatedUsers: 60,
        dimensions: 16,
        windowLength: 16,
        batches: "position",
        prefixesPerUser: 2,
        batchSize: 32,
        learningRate: 5e-3,
        epochs: 2,
        pretrainEpochs: 1,
      },
    },
    cpu: {
      status:
        "Minutes a model on two cores. Deviation: one pass over all positions where a model can, else ten random prefixes of each user an epoch.",
      config: {
        batches: "position",
        prefixesPerUser: 10,
        batchSize: 128,
        learningRate: 4e-3,
        epochs: 30,
        patience: 3,
        pretrainEpochs: 20,
      },
    },
    gpu: {
      status: "RecBole's training protocol: every prefix, batches of 2,048. It has not run on a GPU yet.",
      config: {},
    },
  },
};

/** All sequential baselines of the library under one protocol. */
export const experiment: Experiment<BaselinesConfig> = {
  name: "baselines",
  title: "Sequential baselines",
  entry: "lib/recsys/baselinesExperiment.ts",
  configuration,
  relevant,
  unable,
  run,
  ablations: {
    models: {
      title: "Models under one protocol",
      metrics: ["NDCG@10", "Recall@10"],
      variants: BASELINE_NAMES.map((model) => ({ name: model, label: model, change: { model } })),
      columns: ({ metrics, timings, provenance }) => ({
        parameters: metrics.parameters,
        "s an epoch": timings["epoch seconds"],
        "ms a user": timings["milliseconds a user"],
        "peak MiB": Math.round(provenance.peakBytes / 2 ** 20),
      }),
    },
  },
};

function relevant(config: BaselinesConfig): Partial<BaselinesConfig> {
  const { simulatedUsers, prefixesPerUser, pretrainEpochs, ...rest } = config;
  const batches = batchesOf(config);
  return {
    ...rest,
    batches,
    ...(config.dataset.startsWith("simulator") ? { simulatedUsers } : {}),
    ...(batches === "prefix" ? { prefixesPerUser } : {}),
    ...(config.model === "S3-Rec" ? { pretrainEpochs } : {}),
  };
}

function unable({ model, dataset }: BaselinesConfig): string | undefined {
  const { readsTimes = false }: Baseline = BASELINES[model];
  return readsTimes && !datasetHasTimes(dataset)
    ? `${model} reads time stamps, and ${dataset} has none`
    : undefined;
}

async function run(config: BaselinesConfig, context: RunContext): Promise<RunOutput> {
  const loaded = await loadDataset(config.dataset, { simulator: { users: config.simulatedUsers } });
  return baselineRun(config, loaded.data, () => itemAttributes(loaded), context);
}
