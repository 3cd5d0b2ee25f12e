import { measured, type ResultTable } from "../../experiment/record";
import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { metricValues, trainingPrefixes } from "../../recsys";
import type { LoadedCatalogue } from "../../recsys/generative/catalogues";
import { popularityGroups } from "../../recsys/popularityGroups";
import { GENERATIVE } from "./config";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { PUBLISHED, PUBLISHED_ABLATIONS, PUBLISHED_CHURN } from "./published";
import { churnRows, readSnapshots } from "./tokenization";
import type { AblationName } from "./variants";

type Rows = ResultTable["rows"];

/** The paper's numbers belong to other data: they stand beside ours for their order, not for their size. */
const BESIDE = "Scientific";

function metric(runs: readonly StoredRun[], name: string) {
  return measured(runs.map(({ metrics }) => metrics[name]));
}

/** Those of the names that have runs. */
export function present(ledger: Ledger, names: readonly string[]): string[] {
  return names.filter((name) => ledger.runs(name).length > 0);
}

function metricsRow(ledger: Ledger, name: string) {
  const runs = ledger.runs(name);
  return {
    model: labelOf(name),
    "Recall@5": metric(runs, "Recall@5"),
    "Recall@10": metric(runs, "Recall@10"),
    "NDCG@5": metric(runs, "NDCG@5"),
    "NDCG@10": metric(runs, "NDCG@10"),
  };
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
      ...metricsRow(ledger, name),
      [`paper's NDCG@10 (${BESIDE})`]: publishedNdcg(name)?.toFixed(4) ?? "",
      updates: rounded(runs, ({ metrics }) => metrics["updates"]),
      "training, s": rounded(runs, ({ timings }) => timings["training seconds"]),
    };
  });
}

/** An ablation on this data, with the paper's NDCG@10 where it prints one. */
export function ablationTable(ledger: Ledger, ablation: AblationName): Rows {
  return present(ledger, variantNames(ablation)).map((name) => ({
    ...metricsRow(ledger, name),
    "validation NDCG@10": metric(ledger.runs(name), "validation NDCG@10"),
    [`paper's NDCG@10 (${BESIDE})`]: publishedNdcg(name)?.toFixed(4) ?? "",
    updates: rounded(ledger.runs(name), ({ metrics }) => metrics["updates"]),
  }));
}

/** Of the ablations, else of table 2. */
function publishedNdcg(name: string): number | undefined {
  const model = PUBLISHED[name as keyof typeof PUBLISHED]?.[BESIDE];
  return PUBLISHED_ABLATIONS[name]?.[BESIDE] ?? model?.[3];
}

/** What a scoring model does not count is empty. */
function rounded(runs: readonly StoredRun[], of: (run: StoredRun) => number | undefined): string {
  const values = runs.map(of);
  return values.every((value) => value !== undefined) ? mean(values as number[]).toFixed(0) : "";
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

/** Recall@10 by the popularity of the target: a row a model, group and seed, for a figure. */
export function popularityRows(
  ledger: Ledger,
  names: readonly string[],
): { model: string; group: string; recall: number; users: number; seed: number }[] {
  const groups = popularityGroups(ledger.catalogue.data, 3);
  return present(ledger, names).flatMap((name) =>
    ledger.runs(name).flatMap((run) => {
      const recall = metricValues(run.array("ranks"), "recall");
      return groups.map(({ label, users }) => ({
        model: labelOf(name),
        group: label,
        recall: mean(Array.from(users, (user) => recall[user])),
        users: users.length,
        seed: run.seed,
      }));
    }),
  );
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
