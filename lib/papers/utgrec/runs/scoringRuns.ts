import { Interrupted, type RunContext } from "../../../experiment/experiment";
import type { RunOutput } from "../../../experiment/store";
import { rankingMetrics } from "../../../recsys";
import { baselineRun } from "../../../recsys/baselineRun";
import type { BaselineName } from "../../../recsys/baselines";
import { createEvaluator } from "../../../recsys/evaluate";
import { type ContentDomain, mixDomains } from "../../../recsys/transfer/domains";
import { missRec } from "../../../recsys/transfer/missrec";
import type { TransferModel } from "../../../recsys/transfer/transferModel";
import { fineTune, pretrainOnMixture } from "../../../recsys/transfer/transferTraining";
import { uniSRec } from "../../../recsys/transfer/unisrec";
import { vqRec } from "../../../recsys/transfer/vqrec";
import * as Rng from "../../../tensor/rng";
import { countParameters, disposeTree } from "../../../tensor/tree";
import type { TransferName, UtgRecConfig } from "../config";
import { baselineContent } from "./baselineContent";
import { loadWorld, targetOf } from "./training";

/** A model that knows items by their numbers, on the target alone. */
export async function numberRun(config: UtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { windowLength, dimensions, batchSize } = config;
  const output = await baselineRun(
    {
      model: config.model as BaselineName,
      ...{ windowLength, dimensions, batchSize, prefixesPerUser: 0 },
      batches: "prefix",
      learningRate: config.baselineLearningRate,
      epochs: config.baselineEpochs,
      pretrainEpochs: config.baselineEpochs,
      patience: config.baselinePatience,
    },
    targetOf(loadWorld(config)).data,
    () => {
      throw new Error("The items of the simulated world have no attributes.");
    },
    context,
  );
  return withShortList(output);
}

/** A model that knows items by their content: pre-trained on the sources, fine-tuned on the target, tested once. */
export async function transferRun(config: UtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { windowLength, batchSize } = config;
  const { seed, signal, log, progress } = context;
  const contents = baselineContent(loadWorld(config), config);
  const [sources, target] = [contents.slice(0, -1), contents[contents.length - 1]];
  const model = buildModel(config, target, seed);
  const training = { windowLength, batchSize, seed, signal, learningRate: config.baselineLearningRate };
  const start = performance.now();
  try {
    const epochs = config.baselinePretrainingEpochs;
    await pretrainOnMixture(model, mixDomains(sources), {
      ...training,
      epochs,
      onEpoch(epoch, loss) {
        log(epoch, { "pre-training loss": loss });
        progress(epoch, epochs, `pre-training, epoch ${epoch}, loss ${loss.toFixed(3)}`);
      },
    });
    if (signal.aborted) throw new Interrupted();
    const tuned = await fineTune(model, target, {
      ...training,
      epochs: config.baselineEpochs,
      patience: config.baselinePatience,
      onEpoch({ epoch, loss, validation: { ndcg } }) {
        log(epoch, { loss, "validation NDCG@10": ndcg });
        progress(epoch, config.baselineEpochs, `epoch ${epoch}, validation NDCG@10 ${ndcg.toFixed(4)}`);
      },
    });
    try {
      if (signal.aborted) throw new Interrupted();
      const seconds = (performance.now() - start) / 1000;
      return withShortList({
        ...evaluated(tuned.model.score, target, windowLength, countParameters(model.weights as object)),
        timings: { "training seconds": seconds },
      });
    } finally {
      tuned.dispose();
    }
  } finally {
    disposeTree(model.weights as object);
  }
}

function buildModel(config: UtgRecConfig, { data, text, image }: ContentDomain, seed: number): TransferModel {
  const { windowLength, dimensions } = config;
  const sizes = { windowLength, dimensions, contentWidth: text.columns, inner: 4 * dimensions };
  const key = Rng.key(seed);
  const models: Record<TransferName, () => TransferModel> = {
    UniSRec: () => uniSRec({ ...sizes, tuned: "all" }, key),
    "VQ-Rec": () => vqRec({ ...sizes, ...digitsOf(text.columns, data.items), tuned: "all" }, key),
    MISSRec: () => missRec({ ...sizes, imageWidth: image!.columns, tuned: "all" }, key),
  };
  try {
    return models[config.model as TransferName]();
  } finally {
    key.dispose();
  }
}

/**
 * VQ-Rec's 32 digits of 256 values, fewer where contents are narrow or items are few: a digit is of two numbers or more, and a value of it has eight items of the
 * target on average, or it would be an item's name.
 */
export function digitsOf(columns: number, items: number): { subVectors: number; codes: number } {
  return {
    subVectors: Math.min(32, Math.floor(columns / 2)),
    codes: Math.min(256, Math.max(2, Math.floor(items / 8))),
  };
}

function evaluated(
  score: Parameters<typeof createEvaluator>[0],
  { data }: ContentDomain,
  windowLength: number,
  parameters: number,
): RunOutput {
  const evaluator = createEvaluator(score, { windowLength, xla: false });
  try {
    const [validation, test] = (["validation", "test"] as const).map((split) => evaluator(data, split));
    return {
      metrics: {
        "NDCG@10": test.metrics.ndcg,
        "Recall@10": test.metrics.recall,
        "MRR@10": test.metrics.mrr,
        "validation NDCG@10": validation.metrics.ndcg,
        parameters,
      },
      arrays: { ranks: test.ranks },
    };
  } finally {
    evaluator.dispose();
  }
}

/** With the metrics of the five best items too. */
function withShortList(output: RunOutput): RunOutput {
  const { recall, ndcg } = rankingMetrics(output.arrays?.["ranks"] ?? [], 5);
  return { ...output, metrics: { ...output.metrics, "Recall@5": recall, "NDCG@5": ndcg } };
}
