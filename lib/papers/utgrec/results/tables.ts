import type { ResultTable } from "../../../experiment/record";
import type { StoredRun } from "../../../experiment/store";
import { rankingMetrics, trainingPrefixes } from "../../../recsys";
import {
  measuredMetric,
  metricsRow,
  present,
  roundedMean,
  type VariantRuns,
} from "../../../recsys/variantReport";
import { type Ledger, labelOf, variantNames } from "../ledger";
import { PUBLISHED, PUBLISHED_CELLS } from "../published";
import { CONTENT_SIZES, targetOf } from "../runs/training";
import type { AblationName } from "../variants";
import type { World } from "../world/world";
import { type OracleKnowledge, oracleRanks } from "../world/worldOracle";
import { readableText } from "../world/worldText";

type Rows = ResultTable["rows"];

/** A ledger's runs with their names. */
export function variants({ runs }: Ledger): VariantRuns {
  return { runs, labelOf };
}

/** The domains of a world in numbers. */
export function describeWorld({ domains }: World): Rows {
  return domains.map(({ name, role, data, hasImage, truth }) => ({
    domain: name,
    role,
    users: data.users,
    items: data.items,
    interactions: data.itemIds.length,
    "training examples": trainingPrefixes(data).length,
    "items with a picture": hasImage.reduce((sum, has) => sum + has, 0),
    "coarse concepts": truth.concepts.length,
  }));
}

/**
 * Items of a domain with what is written about them, and how a tokenizer writes them: no two alike, collisions are repaired.
 * @param domain its place in the world
 * @param items  ids, 1..V
 * @param run    of the target's tokenizer, for items of the target; absent: no codes
 */
export function itemTable(
  { domains, lists }: World,
  domain: number,
  items: readonly number[],
  run?: StoredRun,
): Rows {
  const { text } = domains[domain];
  const { textLength } = CONTENT_SIZES;
  const codes = run?.array("codes");
  const levels = codes === undefined ? 0 : codes.length / domains[domain].data.items;
  return items.map((item) => {
    const own = readableText(lists, text.subarray((item - 1) * textLength, item * textLength));
    const tuple = codes === undefined ? [] : Array.from(codes.slice((item - 1) * levels, item * levels));
    return {
      item,
      title: own.title,
      "further words": own.rest,
      ...(codes === undefined ? {} : { codes: `(${tuple.join(", ")})` }),
    };
  });
}

/**
 * The paper's table of results on this world, with what a training took.
 * @param names of the variants that are shown, as far as they have runs; default: all models
 */
export function modelTable(ledger: Ledger, names: readonly string[] = variantNames("models")): Rows {
  return present(ledger, names).map((name) => ({
    ...resultsRow(ledger, name),
    "training, s": roundedMean(ledger.runs(name), ({ timings }) => timings["training seconds"]),
  }));
}

/** An ablation on this world. */
export function ablationTable(ledger: Ledger, ablation: AblationName): Rows {
  return present(ledger, variantNames(ablation)).map((name) => resultsRow(ledger, name));
}

/** What a variant has, beside the cells that summaries of the paper quote: they belong to other data, and tell the order, not the size. */
function resultsRow(ledger: Ledger, name: string): Rows[number] {
  const runs = ledger.runs(name);
  const { scientificNdcg, instrumentRecall } = PUBLISHED_CELLS[name] ?? {};
  const published = PUBLISHED[name];
  const cell = (value: number | undefined) => value?.toFixed(4) ?? "";
  return {
    ...metricsRow(variants(ledger), name),
    "validation NDCG@10": measuredMetric(runs, "validation NDCG@10"),
    "paper's NDCG@10 (Scientific)": cell(scientificNdcg ?? published?.Scientific[3]),
    "paper's Recall@10 (Instrument)": cell(instrumentRecall ?? published?.Instrument[1]),
    updates: roundedMean(runs, ({ metrics }) => metrics["updates"]),
  };
}

const KNOWN = {
  nothing: "the rule itself, told nothing of the user's class",
  history: "the rule itself, and what the history tells of the class",
  class: "the rule itself, told the class",
} as const satisfies Record<OracleKnowledge, string>;

/** How well the next item of the target can be foretold at all: the planted rule as a recommender. */
export function oracleTable(world: World): Rows {
  const target = targetOf(world);
  return (Object.keys(KNOWN) as OracleKnowledge[]).map((knowledge) => {
    const ranks = oracleRanks(target, knowledge);
    const [five, ten] = [rankingMetrics(ranks, 5), rankingMetrics(ranks, 10)];
    return {
      model: KNOWN[knowledge],
      ...{ "Recall@5": five.recall, "Recall@10": ten.recall },
      ...{ "NDCG@5": five.ndcg, "NDCG@10": ten.ndcg },
    };
  });
}

const TOKENIZER_METRICS = [
  "root codes used",
  "root perplexity",
  "leaf codes used",
  "leaf perplexity",
  "collision rate",
  "items repaired",
  "text from codes, nats",
  "first code tells the concept, nats",
  "second code tells the cell, nats",
  "first codes kept",
  "tuples kept",
] as const;

/** How the target's tokenizers use their codes, what these tell of the items, and how many outlive the adaptation. */
export function tokenizerTable(ledger: Ledger, names = variantNames("components")): Rows {
  return names.flatMap((name) => {
    const runs = ledger.tokenizers(name);
    if (runs.length === 0) return [];
    const cell = (metric: string) =>
      runs.every(({ metrics }) => metric in metrics) ? measuredMetric(runs, metric) : "";
    return [
      {
        tokenizer: labelOf(name),
        ...Object.fromEntries(TOKENIZER_METRICS.map((metric) => [metric, cell(metric)])),
      },
    ];
  });
}
