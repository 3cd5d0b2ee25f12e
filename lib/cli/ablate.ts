import { join } from "node:path";
import type { Ablation, Experiment } from "../experiment/experiment";
import { type Planned, planRuns } from "../experiment/plan";
import { mean } from "../experiment/statistics";
import type { RunStore, StoredRun } from "../experiment/store";
import { storedRuns } from "../experiment/stored";
import { barFigure } from "../figures";
import { exportFigure } from "../figures/export";
import { tableText } from "../notebook/table";
import { findAblation, findExperiment, parseSeeds, variantConfigs } from "./experiments";
import { openStore } from "./store";
import { INTERRUPTED, makeRuns, type SweepCommandOptions } from "./sweep";

export interface AblateOptions extends SweepCommandOptions {
  preset?: string;
  seeds?: string;
  parameter?: readonly string[];
}

/**
 * `reprise ablate`: makes the runs of an ablation's variants that are not stored yet, prints its table and draws its figure.
 * @returns the exit code: 1 where a run failed, 130 after Ctrl-C
 */
export async function runAblation(
  experimentName: string,
  ablationName: string | undefined,
  options: AblateOptions = {},
): Promise<number> {
  return ablate(findExperiment(experimentName), ablationName, options);
}

/** As {@link runAblation}, of an experiment itself. */
export async function ablate<C>(
  experiment: Experiment<C>,
  ablationName: string | undefined,
  options: AblateOptions = {},
): Promise<number> {
  const [name, ablation] = findAblation(experiment, ablationName);
  const { preset = "cpu", seeds: seedList = "1,2,3", parameter = [] } = options;
  const seeds = parseSeeds(seedList);
  const all = variantConfigs(experiment, ablation, preset, parameter);
  const leftOut = all.flatMap((variant) => {
    const reason = experiment.unable?.(variant.config);
    return reason === undefined ? [] : [{ variant, reason }];
  });
  const variants = all.filter((variant) => !leftOut.some((left) => left.variant === variant));
  for (const { variant, reason } of leftOut) console.log(`Left out: ${variant.label} (${reason})`);
  const runs = planRuns(experiment, variants, seeds);
  const code = await makeRuns(runs, options);
  if (options.dryRun || code === INTERRUPTED) return code ?? 0;
  const store = openStore();
  const rows = measurements(experiment, variants, seeds, store);
  if (rows.length === 0) return code ?? 1;
  console.log(
    `\n${experiment.title}: ${ablation.title} (${preset}${describe(parameter)}, seeds ${seeds.join(", ")})\n`,
  );
  console.log(tableText(ablationRows(ablation, variants, rows)));
  const missing = variants.length * seeds.length - rows.length;
  if (missing > 0) {
    console.log(`\nNo figure: ${missing} runs are missing.`);
    return code ?? 0;
  }
  // Beside the runs, not in figures/: what is published there is the work of `report`.
  const file = join(store.folder, "figures", experiment.name, `${name}-${preset}`);
  const figure = ablationFigure(ablation, rows, `${preset} preset${describe(parameter)}`);
  console.log(`\nFigure: ${(await exportFigure(figure, file)).join(", ")}`);
  return code ?? 0;
}

function describe(settings: readonly string[]): string {
  return settings.map((setting) => `, ${setting}`).join("");
}

/** A stored run of a variant. */
interface Measurement {
  readonly variant: string;
  readonly run: StoredRun;
}

/** The runs of the variants that are there. */
function measurements<C>(
  experiment: Experiment<C>,
  variants: readonly Planned<C>[],
  seeds: readonly number[],
  store: RunStore,
): Measurement[] {
  return variants.flatMap((variant) =>
    storedRuns(store, experiment, variant, seeds).map((run) => ({ variant: variant.label, run })),
  );
}

/** A row a variant: its metrics over the seeds, means of the further columns, and how many runs there are. */
function ablationRows<C>(
  { metrics, columns = () => ({}) }: Ablation<C>,
  variants: readonly Planned<C>[],
  measured: readonly Measurement[],
) {
  return variants.map(({ label }) => {
    const own = measured.filter(({ variant }) => variant === label).map(({ run }) => run);
    const cells = metrics.map((metric) => [
      metric,
      own.length === 0 ? null : own.map((run) => run.metrics[metric]),
    ]);
    const further = own.map(columns);
    const means = Object.keys(further[0] ?? {}).map((name) => [name, mean(further.map((row) => row[name]))]);
    return { variant: label, ...Object.fromEntries([...cells, ...means]), runs: own.length };
  });
}

/** The first metric of every variant: bars of the mean over seeds, with their spread. */
function ablationFigure<C>(ablation: Ablation<C>, measured: readonly Measurement[], scale: string) {
  const [metric] = ablation.metrics;
  const rows = measured.map(({ variant, run }) => ({ variant, value: run.metrics[metric] }));
  return barFigure(rows, {
    title: ablation.title,
    subtitle: `${scale}; mean over seeds; bars: one standard deviation`,
    category: { column: "variant", title: "variant" },
    value: { column: "value", title: metric },
    horizontal: true,
  });
}
