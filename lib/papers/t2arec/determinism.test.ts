import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { METRICS_FILE, readMetrics } from "../../experiment/metricsLog";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { sweep } from "../../experiment/sweep";
import { QUICK_START } from "../../experiment/testing/quickStart";
import { type T2ARecOverrides, t2aRecConfig } from "./config";
import { experiment } from "./experiment";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "determinism-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A training and its test-time step, in processes with so many threads. */
async function madeWith(threads: number, name: string, overrides: T2ARecOverrides): Promise<StoredRun[]> {
  vi.stubEnv("REPRISE_THREADS", String(threads)).stubEnv("NODE_OPTIONS", QUICK_START);
  const store = new RunStore(join(folder, name));
  const config = t2aRecConfig("smoke", overrides);
  const { failed } = await sweep(planRuns(experiment, [{ label: "T2ARec", config }], [1]), { store });
  if (failed.length > 0) throw new Error(failed[0].message);
  return store.list();
}

test("a small run is the same bit for bit, twice and with one thread or two", async () => {
  const small = { simulatedUsers: 60 };
  const [first, ...others] = [
    await madeWith(2, "two", small),
    await madeWith(2, "again", small),
    await madeWith(1, "one", small),
  ];
  expect(first).toHaveLength(2);
  for (const runs of others) {
    runs.forEach((run, i) => {
      expect(run.id).toBe(first[i].id);
      expect(run.metrics).toEqual(first[i].metrics);
      expect(run.array("ranks")).toEqual(first[i].array("ranks"));
    });
  }
}, 300_000);

test("of full width it is so with equal threads; other threads sum in another order, within 1e-6 after an epoch", async () => {
  // A product over B L = 6,400 rows with 64 x 64 results is cut between the threads along what is summed over.
  const wide = {
    simulatedUsers: 150,
    dimensions: 64,
    stateSize: 32,
    windowLength: 50,
    batchSize: 128,
    epochs: 1,
  };
  const training = async (threads: number, name: string) =>
    (await madeWith(threads, name, { ...wide, testLosses: "none" }))[0];
  const [two, again, one] = [
    await training(2, "wide"),
    await training(2, "wide again"),
    await training(1, "wide, one"),
  ];
  expect(again.metrics).toEqual(two.metrics);
  expect(again.array("ranks")).toEqual(two.array("ranks"));
  const loss = (run: StoredRun) => readMetrics(join(run.folder, METRICS_FILE))[0].values["loss"];
  expect(Math.abs(loss(one) / loss(two) - 1)).toBeLessThan(1e-6);
  const weights = (run: StoredRun) => readFileSync(join(run.folder, "weights.safetensors"));
  expect(weights(again).equals(weights(two))).toBe(true);
}, 300_000);
