import type { RunsByName } from "../experiment/ledger";
import { measured } from "../experiment/record";
import { type Interval, mean } from "../experiment/statistics";
import type { StoredRun } from "../experiment/store";
import { barFigure, type Figure, intervalFigure } from "../figures";
import { metricValues } from "./metrics";
import { popularityGroups } from "./popularityGroups";
import type { SequentialDataset } from "./sequences";

/** The runs of an experiment's variants, and what variants are called. */
export interface VariantRuns {
  readonly runs: RunsByName;
  labelOf(name: string): string;
}

/** Those of the names that have runs. */
export function present({ runs }: Pick<VariantRuns, "runs">, names: readonly string[]): string[] {
  return names.filter((name) => runs(name).length > 0);
}

/** A metric over the seeds of a variant, for a cell of a table. */
export function measuredMetric(runs: readonly StoredRun[], name: string) {
  return measured(runs.map(({ metrics }) => metrics[name]));
}

/** A mean over the seeds without digits behind the point; empty where a run does not count it. */
export function roundedMean(runs: readonly StoredRun[], of: (run: StoredRun) => number | undefined): string {
  const values = runs.map(of);
  return values.every((value) => value !== undefined) ? mean(values as number[]).toFixed(0) : "";
}

/** The four metrics of a variant's test, mean and deviation over the seeds. */
export function metricsRow({ runs, labelOf }: VariantRuns, name: string) {
  const own = runs(name);
  return {
    model: labelOf(name),
    "Recall@5": measuredMetric(own, "Recall@5"),
    "Recall@10": measuredMetric(own, "Recall@10"),
    "NDCG@5": measuredMetric(own, "NDCG@5"),
    "NDCG@10": measuredMetric(own, "NDCG@10"),
  };
}

/** Recall@10 by the popularity of the target: a row a model, group and seed, for a figure. */
export function popularityRows(
  { runs, labelOf }: VariantRuns,
  data: SequentialDataset,
  names: readonly string[],
): { model: string; group: string; recall: number; users: number; seed: number }[] {
  const groups = popularityGroups(data, 3);
  return present({ runs }, names).flatMap((name) =>
    runs(name).flatMap((run) => {
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

/** Recall@10 of some variants by the popularity of the target. */
export function popularityBars(
  variants: VariantRuns,
  data: SequentialDataset,
  names: readonly string[],
  subtitle: string,
): Figure {
  return barFigure(popularityRows(variants, data, names), {
    title: "Recall@10 by the popularity of the target",
    subtitle,
    category: { column: "group", title: "events of the target in the training part" },
    value: { column: "recall", title: "Recall@10" },
    series: "model",
  });
}

/** NDCG@10 of some variants, a bar each. */
export function modelBars(
  { runs, labelOf }: VariantRuns,
  names: readonly string[],
  subtitle: string,
): Figure {
  const rows = present({ runs }, names).flatMap((name) =>
    runs(name).map(({ metrics }) => ({ model: labelOf(name), ndcg: metrics["NDCG@10"] })),
  );
  return barFigure(rows, {
    title: "Models under one protocol",
    subtitle,
    category: { column: "model", title: "model" },
    value: { column: "ndcg", title: "NDCG@10" },
    horizontal: true,
  });
}

/** What variants have over or under the whole model, with the interval of each difference. @param difference of a variant from it, over the same users and seeds */
export function differenceIntervals(
  { runs, labelOf }: VariantRuns,
  names: readonly string[],
  difference: (name: string) => Interval,
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): Figure {
  const rows = present({ runs }, names).map((name) => ({ variant: labelOf(name), ...difference(name) }));
  return intervalFigure(rows, {
    title,
    subtitle,
    category: { column: "variant", title: "variant" },
    estimate: { column: "difference", title: "difference in NDCG@10" },
    interval: { lower: "low", upper: "high" },
    baseline: 0,
  });
}

/** "3 seeds". */
export function seedCount(seeds: readonly number[]): string {
  return `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
}
