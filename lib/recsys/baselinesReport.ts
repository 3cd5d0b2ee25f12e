/* What the command `report` asks of the baselines. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../data/root";
import { type Overrides, resolveConfig } from "../experiment/configuration";
import { measured } from "../experiment/record";
import type { Report, ReportTable } from "../experiment/report";
import { mean } from "../experiment/statistics";
import type { RunStore, StoredRun } from "../experiment/store";
import { storedRuns } from "../experiment/stored";
import { barFigure } from "../figures";
import { BASELINES, type BaselineName } from "./baselines";
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
        note: note(found.map(({ name }) => name)),
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

/** How times came about, and what makes the rows of one table unequal. */
function note(names: readonly string[]): string {
  const times =
    "Times are of runs side by side on a machine with other work: `npm run bench` compares on equal terms.";
  const sampled = names.filter(
    (name) => !(BASELINES[name as BaselineName].batches as readonly string[]).includes("position"),
  );
  if (sampled.length === 0) return times;
  return `${times} ${sampled.join(", ")} cannot train on all positions of a window at once. In the cpu preset they see ten random prefixes of each user an epoch, about an eighth of what the others see, and stop as early: their numbers say less of the models than of the preset.`;
}

function modelRow(model: string, runs: readonly StoredRun[]) {
  const over = (name: string) => measured(runs.map(({ metrics }) => metrics[name]));
  const further = runs.map((run) => models.columns!(run));
  return {
    model,
    "NDCG@10": over("NDCG@10"),
    "Recall@10": over("Recall@10"),
    ...Object.fromEntries(
      Object.keys(further[0]).map((name) => [name, rounded(mean(further.map((columns) => columns[name])))]),
    ),
  };
}

/** Times and memory mean nothing beyond three digits; counts are whole. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}

const training = z.object({ seed: z.number(), ndcg10: z.number() });

/** What `bench/recbole/compare.ts --write` leaves: by model, NDCG@10 of every training on both sides, and their comparison. */
const comparisonSchema = z.record(
  z.object({
    date: z.string(),
    protocol: z.object({
      window: z.number(),
      batch: z.number(),
      learningRate: z.number(),
      epochs: z.number(),
      keep: z.enum(["best", "last"]),
    }),
    ours: z.array(training),
    recbole: z.array(training),
    difference: z.number(),
    interval: z.tuple([z.number(), z.number()]),
  }),
);

/** RecBole's models beside ours, both under one protocol of RecBole's kind, where they were measured. */
export function recBoleTable(
  file = join(projectRoot(), "figures", "baselines", "recbole.json"),
): ReportTable[] {
  if (!existsSync(file)) return [];
  const comparisons = comparisonSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const ndcg = (trainings: readonly z.infer<typeof training>[]) =>
    measured(trainings.map(({ ndcg10 }) => ndcg10));
  return [
    {
      title: "NDCG@10 beside RecBole 1.2.1: every prefix, the same protocol on both sides",
      rows: Object.entries(comparisons).map(
        ([model, { protocol, ours, recbole, difference, interval, date }]) => ({
          model,
          ours: ndcg(ours),
          "RecBole 1.2.1": ndcg(recbole),
          difference,
          "95% interval": `${interval[0].toFixed(4)} to ${interval[1].toFixed(4)}`,
          "seeds a side": Math.min(ours.length, recbole.length),
          protocol: protocolText(protocol),
          date,
        }),
      ),
      inReadme: true,
      note: "The interval is a bootstrap over users and seeds. SASRec and GRU4Rec under RecBole's own protocol: [bench/README.md](bench/README.md).",
    },
  ];
}

function protocolText({
  window,
  batch,
  learningRate,
  epochs,
  keep,
}: z.infer<typeof comparisonSchema>[string]["protocol"]): string {
  const length = keep === "last" ? `${epochs} epochs` : `best of at most ${epochs} epochs`;
  return `window ${window}, batches of ${batch}, rate ${learningRate}, ${length}`;
}
