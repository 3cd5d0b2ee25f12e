import type { ResultTable } from "../../experiment/record";
import type { SequentialDataset } from "../../recsys";
import type { SequentialModel } from "../../recsys/models/sequentialModel";
import { disposeTree } from "../../tensor/tree";
import type { ModelName, T2ARecConfig } from "./config";
import type { T2ARec } from "./model";
import { PUBLISHED_THROUGHPUT } from "./published";
import { testTimeScores } from "./testTime";
import { batchMilliseconds, buildModel, testTimeOptions } from "./training";
import { LOSSES } from "./variants";

/** The models of table 4; speed does not depend on what they have learnt, so they are not trained. */
const MODELS = [
  "SASRec",
  "Mamba4Rec",
  "TiSASRec",
  "TiM4Rec",
  "TTT4Rec",
  "T2ARec",
] as const satisfies readonly ModelName[];

/** What every other throughput is a share of. */
const STATIC = "Mamba4Rec";

/**
 * The paper's table 4 on this data and machine: test batches a second of every model, T2ARec without and with its step, in turn in one
 * process, and their share of the static state space model's; beside it the paper's, at batches of 4,096 on MovieLens-1M.
 */
export function throughputTable(data: SequentialDataset, config: T2ARecConfig): ResultTable["rows"] {
  const models = MODELS.map((name) => buildModel(name, config, data));
  const t2arec = models[models.length - 1] as SequentialModel & T2ARec;
  try {
    const scores: Record<string, SequentialModel["score"]> = {
      ...Object.fromEntries(models.map(({ name, score }) => [name, score])),
      "T2ARec with the step": testTimeScores(t2arec, testTimeOptions(config, LOSSES.both)),
    };
    const milliseconds = batchMilliseconds(scores, data, config);
    return Object.entries(milliseconds).map(([model, time]) => {
      const published = PUBLISHED_THROUGHPUT[model]?.ml1m;
      return {
        model,
        "batches a second": 1000 / time,
        "share of Mamba4Rec": milliseconds[STATIC] / time,
        "paper's share (ML-1M)": published === undefined ? "" : published / PUBLISHED_THROUGHPUT[STATIC].ml1m,
      };
    });
  } finally {
    for (const { parameters } of models) disposeTree(parameters as object);
  }
}
