import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { digest } from "../experiment/identity";
import { readMetrics } from "../experiment/metricsLog";
import { exportCsv, exportMlflow, exportTensorboard } from "../experiment/runExport";
import type { Failure, StoredRun } from "../experiment/store";
import { tableText } from "../notebook/table";
import { CommandError } from "./errors";
import { formatDuration } from "./statusLine";
import { findFailure, findRun, openStore, runsOf } from "./store";

const SHOWN_ID = 8;
const LAST_EPOCHS = 5;

/** `reprise runs list`: the finished runs, a row each, newest last; and the runs that have failed. */
export function listRuns(experiment: string | undefined, { json = false }: { json?: boolean } = {}): number {
  const store = openStore();
  const runs = runsOf(store, experiment).sort((a, b) => (a.provenance.date < b.provenance.date ? -1 : 1));
  const failures = store
    .failures()
    .filter((failure) => experiment === undefined || failure.experiment === experiment);
  if (json) {
    console.log(JSON.stringify({ runs: runs.map(plain), failures }, null, 1));
    return 0;
  }
  if (runs.length === 0)
    console.log(`No runs${experiment === undefined ? "" : ` of ${experiment}`} in ${store.folder}.`);
  else console.log(tableText(runs.map(listRow)));
  for (const { id, message, seed } of failures)
    console.log(`✗ ${id.slice(0, SHOWN_ID)} seed ${seed} failed: ${message.split("\n")[0]}`);
  return 0;
}

function listRow({ id, experiment, seed, config, metrics, provenance }: StoredRun) {
  const [first] = Object.entries(metrics);
  return {
    run: id.slice(0, SHOWN_ID),
    experiment,
    configuration: digest(config).slice(0, SHOWN_ID),
    seed: String(seed),
    result: first === undefined ? "" : `${first[0]} ${first[1].toFixed(4)}`,
    took: formatDuration(provenance.seconds * 1000),
    date: provenance.date.slice(0, 16).replace("T", " "),
    commit: provenance.commit,
  };
}

/** `reprise runs show`: everything that is known of a run. */
export function showRun(name: string): number {
  const store = openStore();
  const failure = findFailure(store, name);
  if (failure !== undefined) {
    console.log(failureText(failure));
    return 0;
  }
  const run = findRun(store, name);
  const { commit, date, machine, seconds, peakBytes } = run.provenance;
  const epochs = readMetrics(`${run.folder}/metrics.jsonl`);
  const lines = [
    `Run ${run.id} of ${run.experiment}, seed ${run.seed}`,
    `Code ${run.code}, commit ${commit}, ${date}`,
    `${machine}; ${formatDuration(seconds * 1000)}, at most ${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    run.folder,
    "",
    "Configuration",
    ...Object.entries(run.config).map(([field, value]) => `  ${field} = ${JSON.stringify(value)}`),
    "",
    "Results",
    ...Object.entries(run.metrics).map(([metric, value]) => `  ${metric} = ${value}`),
    ...(epochs.length > 0 ? ["", `The last of ${epochs.length} logged steps`] : []),
    ...epochs.slice(-LAST_EPOCHS).map(
      ({ step, values }) =>
        `  ${step}: ${Object.entries(values)
          .map(([key, value]) => `${key} ${value.toPrecision(5)}`)
          .join(", ")}`,
    ),
  ];
  console.log(lines.join("\n"));
  return 0;
}

function failureText({ id, experiment, seed, code, date, config, message }: Failure): string {
  return [
    `Run ${id} of ${experiment}, seed ${seed}, has failed`,
    `Code ${code}, ${date}`,
    "",
    "Configuration",
    ...Object.entries(config).map(([field, value]) => `  ${field} = ${JSON.stringify(value)}`),
    "",
    message,
  ].join("\n");
}

/** `reprise runs diff`: where two runs differ, in configuration and results. */
export function diffRuns(first: string, second: string): number {
  const store = openStore();
  const [a, b] = [findRun(store, first), findRun(store, second)];
  const describe = (run: StoredRun): Record<string, unknown> => ({
    experiment: run.experiment,
    seed: run.seed,
    code: run.code,
    ...run.config,
    ...Object.fromEntries(Object.entries(run.metrics).map(([name, value]) => [`→ ${name}`, value])),
  });
  const [left, right] = [describe(a), describe(b)];
  const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const rows = fields
    .filter((field) => JSON.stringify(left[field]) !== JSON.stringify(right[field]))
    .map((field) => ({
      field,
      [a.id.slice(0, SHOWN_ID)]: text(left[field]),
      [b.id.slice(0, SHOWN_ID)]: text(right[field]),
    }));
  console.log(rows.length === 0 ? "The two runs are the same." : tableText(rows));
  return 0;
}

function text(value: unknown): string {
  return value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

/** `reprise runs remove`: deletes runs. */
export function removeRuns(names: readonly string[]): number {
  const store = openStore();
  const runs = names.map((name) => findFailure(store, name) ?? findRun(store, name));
  for (const { experiment, id } of runs) {
    try {
      store.remove(experiment, id);
    } catch (error) {
      throw new CommandError((error as Error).message);
    }
    console.log(`removed ${id}`);
  }
  return 0;
}

const EXPORTS = { csv: exportCsv, mlflow: exportMlflow, tensorboard: exportTensorboard } as const;

/** `reprise runs export`: the runs in a form that other programs read. */
export function exportRuns(format: string, target: string, experiment: string | undefined): number {
  const write = Object.hasOwn(EXPORTS, format) ? EXPORTS[format as keyof typeof EXPORTS] : undefined;
  if (write === undefined)
    throw new CommandError(`"${format}" is no format of an export`, [
      `there are: ${Object.keys(EXPORTS).join(", ")}`,
    ]);
  const store = openStore();
  const runs = runsOf(store, experiment);
  if (runs.length === 0)
    throw new CommandError(`there are no runs to export in ${store.folder}`, ["npx reprise runs list"]);
  const path = resolve(target);
  if (existsSync(path))
    throw new CommandError(`${path} is there already`, [
      `name a ${format === "csv" ? "file" : "folder"} that is not there yet`,
    ]);
  try {
    mkdirSync(dirname(path), { recursive: true });
    write(runs, path);
  } catch (error) {
    throw new CommandError(`the runs cannot be written to ${path}: ${(error as Error).message}`);
  }
  console.log(`${runs.length} runs in ${path}`);
  if (format === "mlflow") console.log(mlflowHint(path));
  return 0;
}

/** MLflow's own store is a database now (seen with 3.17): it reads a folder only where it is told to. */
function mlflowHint(folder: string): string {
  return [
    `  MLflow 3 reads it with MLFLOW_ALLOW_FILE_STORE=true and the tracking URI file://${folder}`,
    `  or takes it over: mlflow migrate-filestore --source ${folder} --target sqlite:///mlflow.db`,
  ].join("\n");
}

function plain({ array: _, ...run }: StoredRun) {
  return run;
}
