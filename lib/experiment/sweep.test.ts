import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { resolveConfig } from "./configuration";
import { execute } from "./execute";
import { planRuns } from "./plan";
import { RunStore } from "./store";
import { type RunEnd, type SweepState, sweep } from "./sweep";
import { QUICK_START } from "./testing/quickStart";
import { experiment } from "./testing/toy";

beforeAll(() => void vi.stubEnv("NODE_OPTIONS", QUICK_START));
afterAll(() => void vi.unstubAllEnvs());

let folder: string;
let store: RunStore;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "sweep-"));
  store = new RunStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = (change: object = {}) => ({
  ...resolveConfig("toy", experiment.configuration, "cpu"),
  ...change,
});
const plan = (changes: Record<string, object>, seeds = [1]) =>
  planRuns(
    experiment,
    Object.entries(changes).map(([label, change]) => ({ label, config: config(change) })),
    seeds,
  );

test("makes what is missing, once, and what the results are does not depend on who made them", async () => {
  const runs = plan({ slow: { rate: 3.5 }, fast: { rate: 3.8 } }, [1, 2]);
  const states: SweepState[] = [];
  const first = await sweep(runs, { store, jobs: 2, onState: (state) => states.push(state) });
  expect(first).toMatchObject({ stored: [], failed: [], left: [] });
  expect(first.finished.map(({ label }) => label).sort()).toEqual([
    "fast, seed 1",
    "fast, seed 2",
    "slow, seed 1",
    "slow, seed 2",
  ]);
  expect(Math.max(...states.map(({ running }) => running.length))).toBe(2);
  const again = await sweep(runs, { store, jobs: 2 });
  expect(again).toMatchObject({ finished: [], failed: [], left: [] });
  expect(again.stored).toHaveLength(4);

  const here = await execute(experiment, config({ rate: 3.8 }), 2, {
    store: new RunStore(join(folder, "other")),
  });
  if (here.status !== "finished") throw new Error(here.status);
  const there = store.read("toy", here.run.id)!;
  expect(there.metrics).toEqual(here.run.metrics);
  expect(there.array("values")).toEqual(here.run.array("values"));
  expect(readdirSync(there.folder).some((name) => name.startsWith("events.out.tfevents."))).toBe(true);
  expect(readdirSync(join(folder, "work"))).toEqual([]);
  expect(readdirSync(join(folder, "claims"))).toEqual([]);
}, 60_000);

test("a run that fails stops neither the others nor the sweep, only those that need it", async () => {
  const runs = plan({
    throws: { fails: "throws" },
    exits: { fails: "exits", rate: 3.6 },
    eats: { fails: "eats", rate: 3.61 },
    fine: { rate: 3.5 },
    "built on fine": { rate: 3.4, builtOn: 3.5 },
    "built on ruins": { fails: "throws", rate: 3.3, builtOn: 3.7 },
  });
  expect(runs).toHaveLength(6);
  const ends: [string, RunEnd["status"]][] = [];
  const { finished, failed, left } = await sweep(runs, {
    store,
    jobs: 3,
    memoryBytes: 400 * 2 ** 20,
    onEnd: ({ label }, { status }) => ends.push([label, status]),
  });
  expect(finished.map(({ label }) => label).sort()).toEqual(["built on fine, seed 1", "fine, seed 1"]);
  const messages = Object.fromEntries(failed.map(({ run, message }) => [run.label, message]));
  expect(messages["throws, seed 1"]).toMatch(/^Error: half way is far enough\n\s+at /);
  expect(messages["exits, seed 1"]).toMatch(/ended without a word \(exit code 3\)/);
  expect(messages["eats, seed 1"]).toMatch(/It took 0\.\d\d GiB of memory, more than the 0\.39 GiB/);
  expect(messages["built on ruins, seed 1"]).toBe('It needs "throws, seed 1", which failed.');
  expect(left).toEqual([]);
  expect(ends).toHaveLength(6);
  expect(store.failures().map(({ config }) => config["rate"])).toContain(3.7);
}, 60_000);

test("stops at once when asked to, and goes on from there", async () => {
  const long = (pause: number) => plan({ long: { epochs: 200, pause } }); // the pause is no part of what a run is
  const stop = new AbortController();
  const cut = await sweep(long(20), {
    store,
    signal: stop.signal,
    onState({ running }) {
      if ((running[0]?.progress?.done ?? 0) >= 5) stop.abort();
    },
  });
  expect(cut).toMatchObject({ finished: [], failed: [], left: [{ label: "long, seed 1" }] });
  let firstSeen = 0;
  const whole = await sweep(long(5), {
    store,
    onState({ running }) {
      firstSeen ||= running[0]?.progress?.done ?? 0;
    },
  });
  expect(whole.finished).toHaveLength(1);
  expect(firstSeen).toBeGreaterThan(5);
  const uncut = await execute(experiment, config({ epochs: 200, pause: 0 }), 1, {
    store: new RunStore(join(folder, "other")),
  });
  if (uncut.status !== "finished") throw new Error(uncut.status);
  const resumed = store.read("toy", uncut.run.id)!;
  expect(resumed.array("values")).toEqual(uncut.run.array("values"));
}, 60_000);
