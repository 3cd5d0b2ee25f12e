import type { ResultTable } from "../../experiment/record";
import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { trainingPrefixes } from "../../recsys";
import type { LoadedCatalogue } from "../../recsys/generative/catalogues";
import {
  measuredMetric,
  metricsRow,
  present,
  roundedMean,
  type VariantRuns,
} from "../../recsys/variantReport";
import { GENERATIVE } from "./config";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { PUBLISHED, PUBLISHED_ABLATIONS, PUBLISHED_CHURN } from "./published";
import { churnRows, readSnapshots } from "./tokenization";
import type { AblationName } from "./variants";

type Rows = ResultTable["rows"];

/** The paper's numbers belong to other data: they stand beside ours for their order, not for their size. */
const BESIDE = "Scientific";

/** A ledger's runs with their names. */
export function variants({ runs }: Ledger): VariantRuns {
  return { runs, labelOf };
}

/** The data of a ledger in numbers. */
export function describeData({ data, content, meta }: LoadedCatalogue) {
  const { users, items, itemIds } = data;
  return {
    "data set": meta.title,
    users,
    items,
    interactions: itemIds.length,
    "mean length": itemIds.length / users,
    "training examples": trainingPrefixes(data).length,
    "content, dimensions": content.columns,
    "different contents": differentRows(content),
  };
}

/** Items with the same content get the same codes from any tokenizer. */
function differentRows({ rows, columns, values }: LoadedCatalogue["content"]): number {
  const seen = new Set<string>();
  for (let row = 0; row < rows; row++)
    seen.add(Float32Array.from(values.subarray(row * columns, (row + 1) * columns)).join());
  return seen.size;
}

/**
 * How the snapshots of a tokenizer write some items: a row an item, a column a snapshot.
 * @param items ids, 1..V
 */
export function identifierTable(run: StoredRun, items: readonly number[]): Rows {
  const snapshots = readSnapshots(run);
  return items.map((item) => ({
    item,
    ...Object.fromEntries(
      snapshots.map(({ levels, values }, k) => [
        `T${k + 1}`,
        `(${values.subarray((item - 1) * levels, item * levels).join(", ")})`,
      ]),
    ),
  }));
}

/** What the tokenizers of the data make of the catalogue, mean over the seeds. */
export function codeTable(ledger: Ledger): Rows {
  return GENERATIVE.flatMap((name) => {
    const runs = ledger.tokenizers(name);
    if (runs.length === 0) return [];
    const metrics = Object.keys(runs[0].metrics).filter((key) =>
      /^used codes|^collision|^largest|^perplexity/.test(key),
    );
    return [
      {
        tokenizer: name,
        ...Object.fromEntries(metrics.map((key) => [key, mean(runs.map((run) => run.metrics[key]))])),
      },
    ];
  });
}

/** The paper's table 2 on this data, with what a training took. */
export function modelTable(ledger: Ledger): Rows {
  return present(ledger, variantNames("models")).map((name) => {
    const runs = ledger.runs(name);
    return {
      ...metricsRow(variants(ledger), name),
      [`paper's NDCG@10 (${BESIDE})`]: publishedNdcg(name)?.toFixed(4) ?? "",
      updates: roundedMean(runs, ({ metrics }) => metrics["updates"]),
      "training, s": roundedMean(runs, ({ timings }) => timings["training seconds"]),
    };
  });
}

/** An ablation on this data, with the paper's NDCG@10 where it prints one. */
export function ablationTable(ledger: Ledger, ablation: AblationName): Rows {
  return present(ledger, variantNames(ablation)).map((name) => ({
    ...metricsRow(variants(ledger), name),
    "validation NDCG@10": measuredMetric(ledger.runs(name), "validation NDCG@10"),
    [`paper's NDCG@10 (${BESIDE})`]: publishedNdcg(name)?.toFixed(4) ?? "",
    updates: roundedMean(ledger.runs(name), ({ metrics }) => metrics["updates"]),
  }));
}

/** Of the ablations, else of table 2. */
function publishedNdcg(name: string): number | undefined {
  const model = PUBLISHED[name as keyof typeof PUBLISHED]?.[BESIDE];
  return PUBLISHED_ABLATIONS[name]?.[BESIDE] ?? model?.[3];
}

/** The paper's table 5: items that snapshots write differently, by how far apart they are; in per cent, mean over the seeds. */
export function churnTable(ledger: Ledger): Rows {
  const bySeed = ledger.tokenizers(ledger.config.backbone).map(churnRows);
  const gaps = bySeed.length === 0 ? [] : bySeed[0].map(({ gap }) => gap);
  return gaps.map((gap, k) => {
    const published = PUBLISHED_CHURN.find((row) => row.gap === gap);
    const percent = (share: number) => (100 * share).toFixed(2);
    return {
      gap,
      "first token, %": percent(mean(bySeed.map((rows) => rows[k].first))),
      "any token, %": percent(mean(bySeed.map((rows) => rows[k].any))),
      [`paper, first (${BESIDE})`]: published?.first[BESIDE].toFixed(2) ?? "",
      [`paper, any (${BESIDE})`]: published?.any[BESIDE].toFixed(2) ?? "",
    };
  });
}

/** The chances of the tokenizers after each stage of the pre-training of one run: a row a stage and tokenizer. */
export function chanceRows(run: StoredRun): { epoch: number; tokenizer: string; chance: number }[] {
  const epochs = run.array("stageEpochs");
  const chances = run.array("probabilities");
  const n = chances.length / epochs.length;
  const even = Array.from({ length: n }, (_, i) => ({ epoch: 0, tokenizer: `T${i + 1}`, chance: 1 / n }));
  const later = Array.from(chances, (chance, k) => ({
    epoch: epochs[Math.floor(k / n)],
    tokenizer: `T${(k % n) + 1}`,
    chance,
  }));
  return [...even, ...later];
}
