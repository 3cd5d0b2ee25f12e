import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runId } from "./identity";
import { MetricsLog } from "./metricsLog";
import { exportCsv, exportMlflow, exportTensorboard } from "./runExport";
import { RunStore, type StoredRun } from "./store";

let folder: string;
let run: StoredRun;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "export-"));
  const store = new RunStore(join(folder, "runs"));
  const spec = { experiment: "toy", config: { note: 'say "a, b"', model: { d: 8 } }, seed: 3 };
  const begun = store.begin(spec, runId(spec, "c0de"), "c0de");
  if (!("draft" in begun)) throw new Error("expected a draft");
  const log = new MetricsLog(join(begun.draft.folder, "metrics.jsonl"), 0);
  log.append(1, { loss: 2 });
  log.append(2, { loss: 1, "a/b": 5 });
  log.close();
  writeFileSync(join(begun.draft.folder, "events.out.tfevents.1.host"), "events");
  begun.draft.finish(
    { metrics: { ndcg: 0.5 } },
    { commit: "abc", date: "2026-01-01T00:00:10.000Z", machine: "toy, 1 core", seconds: 10, peakBytes: 1 },
  );
  [run] = store.list();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

test("CSV: a row a run, quoted where it must be", () => {
  exportCsv([run], join(folder, "runs.csv"));
  expect(read("runs.csv")).toBe(
    `id,experiment,seed,code,commit,date,machine,seconds,peakBytes,config.note,config.model.d,ndcg\n${run.id},toy,3,c0de,abc,2026-01-01T00:00:10.000Z,"toy, 1 core",10,1,"say ""a, b""",8,0.5\n`,
  );
});

test("MLflow: an experiment, its runs' parameters, metrics by step, and tags", () => {
  exportMlflow([run], join(folder, "mlruns"));
  const [experiment] = readdirSync(join(folder, "mlruns"));
  expect(read("mlruns", experiment, "meta.yaml")).toContain(`experiment_id: "${experiment}"\n`);
  const [id] = readdirSync(join(folder, "mlruns", experiment)).filter((name) => name !== "meta.yaml");
  const meta = read("mlruns", experiment, id, "meta.yaml");
  const end = Date.parse("2026-01-01T00:00:10.000Z");
  expect(meta).toContain(`start_time: ${end - 10_000}\n`);
  expect(meta).toContain(`end_time: ${end}\n`);
  expect(read("mlruns", experiment, id, "params", "model.d")).toBe("8");
  expect(read("mlruns", experiment, id, "params", "seed")).toBe("3");
  expect(read("mlruns", experiment, id, "tags", "reprise.id")).toBe(run.id);
  expect(read("mlruns", experiment, id, "metrics", "loss")).toMatch(/^\d+ 2 1\n\d+ 1 2\n$/);
  expect(read("mlruns", experiment, id, "metrics", "a", "b")).toMatch(/^\d+ 5 2\n$/);
  expect(read("mlruns", experiment, id, "metrics", "results", "ndcg")).toBe(`${end} 0.5 0\n`);
});

test("TensorBoard: the events alone, a folder a run", () => {
  exportTensorboard([run], join(folder, "events"));
  expect(readdirSync(join(folder, "events", "toy", `seed=3 ${run.id.slice(0, 8)}`))).toEqual([
    "events.out.tfevents.1.host",
  ]);
});
