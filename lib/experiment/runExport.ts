import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flatRecord } from "./flatRecord";
import { digest, type Json } from "./identity";
import { readMetrics } from "./metricsLog";
import { runNames } from "./runNames";
import type { StoredRun } from "./store";

/** One row a run: its name, seed, provenance, configuration (`config.`) and results, as a file of comma-separated values. */
export function exportCsv(runs: readonly StoredRun[], file: string): void {
  const rows = runs.map((run) => ({
    id: run.id,
    experiment: run.experiment,
    seed: run.seed,
    code: run.code,
    ...run.provenance,
    ...prefixed("config.", flatRecord(run.config)),
    ...run.metrics,
  }));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) =>
    columns.map((column) => csvCell((row as Record<string, unknown>)[column])).join(","),
  );
  writeFileSync(file, `${[columns.map(csvCell).join(","), ...lines].join("\n")}\n`);
}

/** A field of a file of comma-separated values, by RFC 4180: quoted where it holds a comma, a quote or a line break. */
export function csvCell(value: unknown): string {
  const text =
    value === undefined || value === null
      ? ""
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function byExperiment(runs: readonly StoredRun[]): Map<string, StoredRun[]> {
  const experiments = new Set(runs.map(({ experiment }) => experiment));
  return new Map([...experiments].map((name) => [name, runs.filter((run) => run.experiment === name)]));
}

/** The runs' TensorBoard files, in a folder each: what `tensorboard --logdir` takes. */
export function exportTensorboard(runs: readonly StoredRun[], folder: string): void {
  for (const [experiment, own] of byExperiment(runs)) {
    for (const [run, name] of runNames(own)) {
      const target = join(folder, experiment, name);
      mkdirSync(target, { recursive: true });
      for (const file of readdirSync(run.folder).filter((each) => each.startsWith("events.out.tfevents.")))
        copyFileSync(join(run.folder, file), join(target, file));
    }
  }
}

const FINISHED = 3;

/**
 * A folder that `mlflow ui --backend-store-uri` and `mlflow.search_runs` read: an experiment each, with every run's parameters,
 * metrics over steps, and tags. In the names of metrics, what MLflow does not allow becomes "_": "NDCG_10".
 * @see MLflow's file store: mlruns/<experiment>/<run>/{meta.yaml, params, metrics, tags}
 */
export function exportMlflow(runs: readonly StoredRun[], folder: string): void {
  for (const [experiment, own] of byExperiment(runs)) {
    const experimentId = String(Number.parseInt(digest(experiment).slice(0, 12), 16));
    const home = join(folder, experimentId);
    mkdirSync(home, { recursive: true });
    writeYaml(join(home, "meta.yaml"), {
      artifact_location: home,
      experiment_id: experimentId,
      lifecycle_stage: "active",
      name: experiment,
    });
    for (const [run, name] of runNames(own)) writeMlflowRun(run, name, home, experimentId);
  }
}

function writeMlflowRun(run: StoredRun, name: string, home: string, experimentId: string): void {
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
    run_name: name,
    run_uuid: runId,
    source_name: "",
    source_type: 4,
    source_version: run.provenance.commit,
    start_time: end - Math.round(run.provenance.seconds * 1000),
    status: FINISHED,
    tags: [],
    user_id: "",
  });
  const parameters = { seed: run.seed, ...flatRecord(run.config) };
  for (const [name, value] of Object.entries(parameters))
    writeFileSync(join(target, "params", name), plainText(value));
  const tags = {
    "mlflow.runName": name,
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

function prefixed(prefix: string, record: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [prefix + key, value]));
}

function plainText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
