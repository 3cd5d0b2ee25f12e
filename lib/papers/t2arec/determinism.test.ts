import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { sweep } from "../../experiment/sweep";
import { t2aRecConfig } from "./config";
import { experiment } from "./experiment";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "determinism-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A training and its test-time step, in processes with so many threads. */
async function madeWith(threads: number, name: string): Promise<StoredRun[]> {
  vi.stubEnv("REPRISE_THREADS", String(threads));
  const store = new RunStore(join(folder, name));
  const config = t2aRecConfig("smoke", { simulatedUsers: 60 });
  const { failed } = await sweep(planRuns(experiment, [{ label: "T2ARec", config }], [1]), { store });
  if (failed.length > 0) throw new Error(failed[0].message);
  return store.list();
}

test("a run is the same bit for bit, twice and with one thread or two", async () => {
  const [first, ...others] = [await madeWith(2, "two"), await madeWith(2, "again"), await madeWith(1, "one")];
  expect(first).toHaveLength(2);
  for (const runs of others) {
    runs.forEach((run, i) => {
      expect(run.id).toBe(first[i].id);
      expect(run.metrics).toEqual(first[i].metrics);
      expect(run.array("ranks")).toEqual(first[i].array("ranks"));
    });
  }
}, 300_000);
