/* What the command `report` asks of the baselines. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../data/root";
import { type Overrides, resolveConfig } from "../experiment/configuration";
import type { Report, ReportTable } from "../experiment/report";
import { mean, standardDeviation } from "../experiment/statistics";
import type { RunStore, StoredRun } from "../experiment/store";
import { storedRuns } from "../experiment/stored";
import { barFigure } from "../figures";
import { experiment } from "./baselinesExperiment";
import { loadDataset } from "./datasets";

const { models } = experiment.ablations;

/** The models' table from the runs that are stored. */
export async function storedReport(
  store: RunStore,
  preset: string,
  seeds: readonly number[],
): Promise<Report> {
  const config = resolveConfig(experiment.name, experiment.configuration, preset, {});
  const found = models.variants
    .map(({ label, change }) => ({
      name: label,
      runs: storedRuns(
        store,
        experiment,
        {
          label,
          config: resolveConfig(experiment.name, experiment.configuration, preset, change as Overrides),
        },
        seeds,
      ),
    }))
    .filter(({ runs }) => runs.length > 0);
  const { meta } = await loadDataset(config.dataset, { simulator: { users: config.simulatedUsers } });
  const values = found.flatMap(({ name, runs }) =>
    runs.map((run) => ({ model: name, ndcg: run.metrics["NDCG@10"] })),
  );
  return {
    config,
    tables: [
      {
        title: `Sequential models on ${meta.title}`,
        rows: found.map(({ name, runs }) => modelRow(name, runs)),
        inReadme: true,
      },
      ...recBoleTable(),
    ],
    figures:
      values.length === 0
        ? {}
        : {
            models: barFigure(values, {
              title: "Sequential models under one protocol",
              subtitle: `${meta.title}; mean over ${seeds.length} seeds, bars: one standard deviation`,
              category: { column: "model", title: "model" },
              value: { column: "ndcg", title: "NDCG@10" },
              horizontal: true,
            }),
          },
    runs: found.flatMap(({ name, runs }) => runs.map((run) => ({ name, run }))),
  };
}

function modelRow(model: string, runs: readonly StoredRun[]) {
  const over = (name: string) => measured(runs.map(({ metrics }) => metrics[name]));
  const further = runs.map((run) => models.columns!(run));
  return {
    model,
    "NDCG@10": over("NDCG@10"),
    "Recall@10": over("Recall@10"),
    ...Object.fromEntries(
      Object.keys(further[0]).map((name) => [name, mean(further.map((columns) => columns[name]))]),
    ),
  };
}

function measured(values: readonly number[]): number | { mean: number; std: number } {
  return values.length === 1 ? values[0] : { mean: mean(values), std: standardDeviation(values) };
}

/** What `bench/recbole/compare.ts` writes. */
const comparisonSchema = z.object({
  comparisons: z.array(
    z.object({
      model: z.string(),
      ours: z.object({ mean: z.number(), std: z.number() }),
      recbole: z.object({ mean: z.number(), std: z.number() }),
      difference: z.number(),
      low: z.number(),
      high: z.number(),
      seeds: z.number(),
      protocol: z.string(),
    }),
  ),
});

/** RecBole's models beside ours, both under RecBole's protocol, where they were measured. */
function recBoleTable(): ReportTable[] {
  const file = join(projectRoot(), "figures", "baselines", "recbole.json");
  if (!existsSync(file)) return [];
  const { comparisons } = comparisonSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return [
    {
      title: "NDCG@10 beside RecBole 1.2.1, the same protocol on both sides",
      rows: comparisons.map(({ model, ours, recbole, difference, low, high, seeds, protocol }) => ({
        model,
        ours,
        "RecBole 1.2.1": recbole,
        difference,
        "95% interval": `${low.toFixed(4)} to ${high.toFixed(4)}`,
        seeds,
        protocol,
      })),
      inReadme: true,
      note: "The interval is a bootstrap over users and seeds of the difference.",
    },
  ];
}
