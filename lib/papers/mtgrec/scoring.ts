import type { RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { baselineRun } from "../../recsys/baselineRun";
import type { BaselineName } from "../../recsys/baselines";
import type { MtgRecConfig } from "./config";
import { loadData } from "./training";

/** A run of a model that scores all items, under the protocol of the others: the same histories, splits and ranking. */
export async function scoringRun(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  const { windowLength, dimensions, prefixesPerUser, batchSize } = config;
  const { data, attributes } = await loadData(config);
  const output = await baselineRun(
    {
      model: config.model as BaselineName,
      ...{ windowLength, dimensions, prefixesPerUser, batchSize },
      batches: "prefix",
      learningRate: config.baselineLearningRate,
      epochs: config.baselineEpochs,
      pretrainEpochs: config.baselineEpochs,
      patience: config.baselinePatience,
    },
    data,
    () => {
      if (attributes === undefined)
        throw new Error(`${config.model} reads item attributes, and ${config.dataset} has none.`);
      return attributes;
    },
    context,
  );
  const { recall, ndcg } = rankingMetrics(output.arrays?.["ranks"] ?? [], 5);
  return { ...output, metrics: { ...output.metrics, "Recall@5": recall, "NDCG@5": ndcg } };
}
