import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfig } from "./configuration";
import { Interrupted } from "./experiment";
import { makeRunsInProcess } from "./inProcess";
import { RunStore } from "./store";
import { storedRuns } from "./stored";
import { experiment } from "./testing/toy";

let folder: string;
let store: RunStore;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "in-process-"));
  store = new RunStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const toy = (change: object = {}) => ({
  label: "toy",
  config: { ...resolveConfig("toy", experiment.configuration, "cpu"), pause: 0, ...change },
});

test("makes what is missing, what it builds on first, and tells of every run and log; stored runs tell theirs again", async () => {
  const told: string[] = [];
  const listener = {
    store,
    onRun: (run: { label: string }, position: number, total: number) =>
      told.push(`${run.label} (${position} of ${total})`),
    onLog: (run: { seed: number }, step: number) => told.push(`${run.seed}: ${step}`),
  };
  const configurations = [toy({ epochs: 2, builtOn: 3.5 })];
  await makeRunsInProcess(experiment, configurations, [1], listener);
  const expected = [
    "toy: what it builds on, seed 1 (0 of 2)",
    "1: 1",
    "1: 2",
    "toy, seed 1 (1 of 2)",
    "1: 1",
    "1: 2",
  ];
  expect(told).toEqual(expected);
  expect(store.list()).toHaveLength(2);
  told.length = 0;
  await makeRunsInProcess(experiment, configurations, [1], listener);
  expect(told).toEqual(expected);
});

test("a run that fails is named, with its reason", async () => {
  const failing = makeRunsInProcess(experiment, [toy({ fails: "throws" })], [4], { store });
  await expect(failing).rejects.toThrow(/toy, seed 4 failed: .*half way is far enough/);
  expect(store.failures()).toHaveLength(1);
});

test("a listener that throws, as an interrupt does, stops the run; it has not failed, and goes on another time", async () => {
  const stop = new Error("the user has seen enough");
  const interrupted = makeRunsInProcess(experiment, [toy()], [1], {
    store,
    onLog(_, step) {
      if (step === 3) throw stop;
    },
  });
  await expect(interrupted).rejects.toBe(stop);
  expect(store.failures()).toEqual([]);
  expect(readdirSync(join(folder, "work"))).toHaveLength(1);
  const steps: number[] = [];
  await makeRunsInProcess(experiment, [toy()], [1], { store, onLog: (_, step) => steps.push(step) });
  expect(steps).toEqual([4, 5, 6]);
});

test("tells how far each run has come, and stops where that listener throws", async () => {
  const told: string[] = [];
  await makeRunsInProcess(experiment, [toy({ epochs: 2 })], [1], {
    store,
    onProgress: (run, { done, total }) => told.push(`${run.label}: ${done} of ${total}`),
  });
  expect(told).toEqual(["toy, seed 1: 1 of 2", "toy, seed 1: 2 of 2"]);
  const stop = new Error("seen enough");
  const interrupted = makeRunsInProcess(experiment, [toy({ epochs: 3 })], [1], {
    store,
    onProgress: () => {
      throw stop;
    },
  });
  await expect(interrupted).rejects.toBe(stop);
  expect(store.failures()).toEqual([]);
});

test("a signal stops it", async () => {
  const stop = new AbortController();
  const stopped = makeRunsInProcess(experiment, [toy()], [1, 2], {
    store,
    signal: stop.signal,
    onLog: () => stop.abort(),
  });
  await expect(stopped).rejects.toThrow(Interrupted);
  expect(store.list()).toEqual([]);
});

test("stored runs come in the order of the seeds, without those that are missing", async () => {
  await makeRunsInProcess(experiment, [toy({ epochs: 2 })], [3, 1], { store });
  expect(storedRuns(store, experiment, toy({ epochs: 2 }), [1, 2, 3]).map(({ seed }) => seed)).toEqual([
    1, 3,
  ]);
  expect(storedRuns(store, experiment, toy({ epochs: 3 }), [1])).toEqual([]);
  const built = toy({ epochs: 2, builtOn: 3.5 });
  await makeRunsInProcess(experiment, [built], [1], { store });
  const [run] = storedRuns(store, experiment, built, [1]);
  expect(run.config["builtOn"]).toBe(3.5); // the run itself, not the one it builds on
});

test("a configuration that cannot be run is refused before any run is made", async () => {
  const unable = { ...experiment, unable: () => "it lacks what the model reads" };
  const refused = makeRunsInProcess(unable, [toy()], [1], { store });
  await expect(refused).rejects.toThrow("toy cannot be run: it lacks what the model reads.");
  expect(store.list()).toHaveLength(0);
});
