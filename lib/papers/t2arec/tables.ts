import type { ClaimVerdict } from "../../experiment/claims";
import type { ResultTable } from "../../experiment/record";
import { mean, standardDeviation } from "../../experiment/statistics";
import type { PlantedRow } from "./planted";
import { PUBLISHED } from "./published";
import { BASELINES, runsOf, type Study } from "./study";
import type { RunResult } from "./training";
import { ABLATIONS } from "./variants";

/** Mean and deviation over seeds; of one seed the number alone. */
function measured(values: readonly number[]): number | { mean: number; std: number } {
  return values.length === 1 ? values[0] : { mean: mean(values), std: standardDeviation(values) };
}

function metricsRow(runs: readonly RunResult[]) {
  const metric = (name: "recall" | "mrr" | "ndcg") => measured(runs.map((run) => run.test.metrics[name]));
  return {
    model: runs[0].label,
    "Recall@10": metric("recall"),
    "MRR@10": metric("mrr"),
    "NDCG@10": metric("ndcg"),
    "paper's NDCG@10 (ML-1M)": PUBLISHED[runs[0].name].ml1m,
  };
}

/** The models' table: every baseline and the full T2ARec, with the time and the epochs that their training took. */
export function modelTable(study: Study): ResultTable["rows"] {
  return [...BASELINES, "full"].map((name) => {
    const runs = runsOf(study, name);
    return {
      ...metricsRow(runs),
      "best epoch": mean(runs.map((run) => run.bestEpoch)),
      "training, s": mean(runs.map((run) => run.trainSeconds)),
    };
  });
}

/** The paper's table 3 on this data. */
export function ablationTable(study: Study): ResultTable["rows"] {
  return ABLATIONS.map(({ name }) => metricsRow(runsOf(study, name)));
}

/** NDCG@10 by segment of test time: a row a model and segment and seed, for a figure. */
export function segmentRows(study: Study): { model: string; segment: number; ndcg: number; seed: number }[] {
  return [...BASELINES, "noBoth", "full"].flatMap((name) =>
    runsOf(study, name).flatMap(({ label, seed, test }) =>
      test.segments.map((ndcg, i) => ({
        model: name === "noBoth" ? "T2ARec w/o both" : label,
        segment: i + 1,
        ndcg,
        seed,
      })),
    ),
  );
}

/** The ledger of claims: effect, interval, p-value and verdict. */
export function claimTable(verdicts: readonly ClaimVerdict[]): ResultTable["rows"] {
  return verdicts.map(({ claim, sentence, source, effect, adjustedPValue, verdict, note }) => ({
    claim,
    sentence,
    "in the paper": source,
    difference: effect === undefined ? (note ?? "") : effect.difference.toFixed(4),
    "95% interval": effect === undefined ? "" : `${effect.low.toFixed(4)} to ${effect.high.toFixed(4)}`,
    "p (Holm)": Number.isNaN(adjustedPValue) ? "" : adjustedPValue.toPrecision(2),
    verdict,
  }));
}

/** The planted simulator's table, means over seeds. */
export function plantedTable(rows: readonly PlantedRow[]): ResultTable["rows"] {
  return [...new Set(rows.map(({ model }) => model))].map((model) => {
    const own = rows.filter((row) => row.model === model);
    const over = (column: "all" | "shifted" | "unshifted") => measured(own.map((row) => row[column]));
    return {
      model,
      "all targets": over("all"),
      "after a shift": over("shifted"),
      "no shift": over("unshifted"),
    };
  });
}

/** The runs as they are recorded: what the tables were made of. */
export function runRecords({ runs }: Study): Readonly<Record<string, unknown>>[] {
  return runs.map(({ name, label, seed, test, bestEpoch, trainSeconds, history }) => ({
    name,
    label,
    seed,
    metrics: test.metrics,
    segments: test.segments,
    bestEpoch,
    epochs: history.length,
    trainSeconds: Math.round(trainSeconds * 10) / 10,
  }));
}
