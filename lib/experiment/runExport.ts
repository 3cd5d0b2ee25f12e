import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest, type Json } from "./identity";
import { readMetrics } from "./metricsLog";
import type { StoredRun } from "./store";

/** One row a run: its name, seed, provenance, configuration (`config.`) and results, as a file of comma-separated values. */
export function exportCsv(runs: readonly StoredRun[], file: string): void {
  const rows = runs.map((run) => ({
    id: run.id,
    experiment: run.experiment,
    seed: run.seed,
    code: run.code,
    ...run.provenance,
    ...prefixed("config.", flat(run.config)),
    ...run.metrics,
  }));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) =>
    columns.map((column) => cell((row as Record<string, unknown>)[column])).join(","),
  );
  writeFileSync(file, `${[columns.map(cell).join(","), ...lines].join("\n")}\n`);
}

/** RFC 4180: quoted where it holds a comma, a quote or a line break. */
function cell(value: unknown): string {
  const text =
    value === undefined || value === null
      ? ""
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The runs' TensorBoard files, in a folder each: what `tensorboard --logdir` takes. */
export function exportTensorboard(runs: readonly StoredRun[], folder: string): void {
  for (const run of runs) {
    const target = join(folder, run.experiment, `${run.id}-seed-${run.seed}`);
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(run.folder).filter((file) => file.startsWith("events.out.tfevents."))) {
      copyFileSync(join(run.folder, name), join(target, name));
    }
  }
}

const FINISHED = 3;

/**
 * A folder that `mlflow ui --backend-store-uri` and `mlflow.search_runs` read: an experiment each, with every run's parameters,
 * metrics over steps, and tags.
 * @see MLflow's file store: mlruns/<experiment>/<run>/{meta.yaml, params, metrics, tags}
 */
export function exportMlflow(runs: readonly StoredRun[], folder: string): void {
  for (const experiment of new Set(runs.map((run) => run.experiment))) {
    const experimentId = String(Number.parseInt(digest(experiment).slice(0, 12), 16));
    const home = join(folder, experimentId);
    mkdirSync(home, { recursive: true });
    writeYaml(join(home, "meta.yaml"), {
      artifact_location: home,
      experiment_id: experimentId,
      lifecycle_stage: "active",
      name: experiment,
    });
    for (const run of runs.filter((each) => each.experiment === experiment))
      writeMlflowRun(run, home, experimentId);
  }
}

function writeMlflowRun(run: StoredRun, home: string, experimentId: string): void {
  const runId = digest(run.id).slice(0, 32);
  const target = join(home, runId);
  const end = Date.parse(run.provenance.date);
  for (const part of ["params", "metrics", "tags", "artifacts"])
    mkdirSync(join(target, part), { recursive: true });
  writeYaml(join(target, "meta.yaml"), {
    artifact_uri: join(target, "artifacts"),
    end_time: end,
    entry_point_name: "",
    experiment_id: experimentId,
    lifecycle_stage: "active",
    run_id: runId,
    run_name: `${run.experiment} ${run.id} seed ${run.seed}`,
    run_uuid: runId,
    source_name: "",
    source_type: 4,
    source_version: run.provenance.commit,
    start_time: end - Math.round(run.provenance.seconds * 1000),
    status: FINISHED,
    tags: [],
    user_id: "",
  });
  const parameters = { seed: run.seed, ...flat(run.config) };
  for (const [name, value] of Object.entries(parameters))
    writeFileSync(join(target, "params", name), plainText(value));
  const tags = {
    "mlflow.runName": `${run.experiment} ${run.id} seed ${run.seed}`,
    "mlflow.source.git.commit": run.provenance.commit,
    "reprise.id": run.id,
    "reprise.code": run.code,
    machine: run.provenance.machine,
  };
  for (const [name, value] of Object.entries(tags)) writeFileSync(join(target, "tags", name), value);

  // "milliseconds value step", one line a point
  const points = new Map<string, string[]>();
  const add = (name: string, time: number, value: number, step: number) =>
    points.set(name, [...(points.get(name) ?? []), `${Math.round(time)} ${value} ${step}`]);
  for (const { step, time, values } of readMetrics(join(run.folder, "metrics.jsonl")))
    for (const [name, value] of Object.entries(values)) add(name, time * 1000, value, step);
  for (const [name, value] of Object.entries(run.metrics)) add(`results/${name}`, end, value, 0);
  for (const [name, lines] of points) {
    const file = join(target, "metrics", ...name.replaceAll(/[^\w./ -]/g, "_").split("/"));
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `${lines.join("\n")}\n`);
  }
}

/** JSON values are YAML. */
function writeYaml(file: string, record: Readonly<Record<string, Json>>): void {
  writeFileSync(
    file,
    Object.entries(record)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
      .join(""),
  );
}

/** A record whose records are laid flat: `{ a: { b: 1 } }` is `{ "a.b": 1 }`. */
function flat(record: Readonly<Record<string, Json>>, prefix = ""): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.entries(flat(value as Record<string, Json>, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]],
    ),
  );
}

function prefixed(prefix: string, record: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [prefix + key, value]));
}

function plainText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
