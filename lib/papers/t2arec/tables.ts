import { measured, type ResultTable } from "../../experiment/record";
import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { type Ledger, labelOf, variantNames } from "./ledger";
import type { PlantedReference } from "./planted";
import { PUBLISHED } from "./published";

type Rows = ResultTable["rows"];

/** Which of the paper's data sets stands beside one of ours; none beside a simulator. */
const BESIDE: Readonly<Record<string, { readonly key: "ml1m" | "amazon"; readonly title: string }>> = {
  "ml-100k": { key: "ml1m", title: "MovieLens-1M" },
  "ml-1m": { key: "ml1m", title: "MovieLens-1M" },
  "amazon-beauty": { key: "amazon", title: "Prime Pantry" },
};

/** The paper's NDCG@10 with the data set that it belongs to; empty where the paper has none. */
function published(dataset: string, name: string): string {
  const beside = BESIDE[dataset];
  const numbers = PUBLISHED[name];
  if (beside === undefined || numbers === undefined) return "";
  return `${numbers[beside.key].toFixed(4)} (${beside.title})`;
}

function metric(runs: readonly StoredRun[], name: string) {
  return measured(runs.map(({ metrics }) => metrics[name]));
}

/** Those of the names that have runs. */
function present(ledger: Ledger, names: readonly string[]): string[] {
  return names.filter((name) => ledger.runs(name).length > 0);
}

function metricsRow(ledger: Ledger, name: string) {
  const runs = ledger.runs(name);
  return {
    model: labelOf(name),
    "Recall@10": metric(runs, "Recall@10"),
    "MRR@10": metric(runs, "MRR@10"),
    "NDCG@10": metric(runs, "NDCG@10"),
    "paper's NDCG@10": published(ledger.config.dataset, name),
  };
}

/** The paper's table 2 on this data, with the epochs and the time that a training took. */
export function modelTable(ledger: Ledger): Rows {
  return present(ledger, variantNames("models")).map((name) => {
    const trained = ledger.runs(name === "full" ? "noBothTest" : name);
    return {
      ...metricsRow(ledger, name),
      "best epoch": mean(trained.map(({ metrics }) => metrics["best epoch"])),
      "training, s": mean(trained.map(({ timings }) => timings["training seconds"])),
    };
  });
}

/** The paper's table 3 on this data. */
export function ablationTable(ledger: Ledger): Rows {
  return present(ledger, variantNames("losses")).map((name) => metricsRow(ledger, name));
}

/** Who knows the time of serving. */
export function servingTable(ledger: Ledger): Rows {
  return present(ledger, variantNames("servingTime")).map((name) => {
    const runs = ledger.runs(name);
    return {
      model: labelOf(name),
      "Recall@10": metric(runs, "Recall@10"),
      "NDCG@10": metric(runs, "NDCG@10"),
    };
  });
}

/**
 * Settings of the test-time step: validation, by which one may be chosen, and its change by the step; the test columns show what a
 * choice would have brought.
 */
export function stepTable(ledger: Ledger): Rows {
  const without = ledger.runs("noBothTest");
  const change = (runs: readonly StoredRun[], name: string) =>
    mean(runs.map((run) => run.metrics[name])) - mean(without.map((run) => run.metrics[name]));
  return present(ledger, variantNames("steps")).map((name) => {
    const runs = ledger.runs(name);
    return {
      step: labelOf(name),
      validation: metric(runs, "validation NDCG@10"),
      "change on validation": change(runs, "validation NDCG@10"),
      test: metric(runs, "NDCG@10"),
      "change on test": change(runs, "NDCG@10"),
    };
  });
}

/** NDCG@10 by segment of test time: a row a model and segment and seed, for a figure. */
export function segmentRows(
  ledger: Ledger,
  names: readonly string[],
): { model: string; segment: number; ndcg: number; seed: number }[] {
  return present(ledger, names).flatMap((name) =>
    ledger.runs(name).flatMap(({ metrics, seed }) =>
      segmentsOf(metrics, ledger.config.segments).map((ndcg, i) => ({
        model: labelOf(name),
        segment: i + 1,
        ndcg,
        seed,
      })),
    ),
  );
}

/** A run's NDCG@10 in each segment of test time, earliest first. */
export function segmentsOf(metrics: StoredRun["metrics"], count: number): number[] {
  return Array.from({ length: count }, (_, i) => metrics[`NDCG@10 segment ${i + 1}`]);
}

/** The planted simulator's table: ceiling and floors, then models. */
export function plantedTable(references: readonly PlantedReference[], ledger: Ledger): Rows {
  return [
    ...references.map(({ model, all, shifted, unshifted }) => plantedRow(model, all, shifted, unshifted)),
    ...present(ledger, variantNames("models").concat("noBothTest")).map((name) => {
      const runs = ledger.runs(name);
      return plantedRow(
        labelOf(name),
        metric(runs, "NDCG@10"),
        metric(runs, "NDCG@10 after a shift"),
        metric(runs, "NDCG@10 without a shift"),
      );
    }),
  ];
}

type Measured = number | { mean: number; std: number };

function plantedRow(model: string, all: Measured, shifted: Measured, unshifted: Measured) {
  return { model, "all targets": all, "after a shift": shifted, "no shift": unshifted };
}
