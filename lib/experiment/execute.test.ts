import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveConfig } from "./configuration";
import { type ExecuteOptions, execute, type Outcome } from "./execute";
import { specOf } from "./experiment";
import { runId } from "./identity";
import { readMetrics } from "./metricsLog";
import { RunStore } from "./store";
import { experiment } from "./testing/toy";

let folder: string;
let store: RunStore;
/** The slopes of the runs that were begun. */
let begun: number[];
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "execute-"));
  store = new RunStore(folder);
  begun = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const counted: typeof experiment = {
  ...experiment,
  run(config, context) {
    begun.push(config.rate);
    return experiment.run(config, context);
  },
};
const config = (change: object = {}) => ({
  ...resolveConfig("toy", experiment.configuration, "cpu"),
  pause: 0,
  ...change,
});
const make = (change: object, options: ExecuteOptions = {}) =>
  execute(counted, config(change), 1, { store, code: "c", ...options });
const idOf = (change: object) => runId(specOf(experiment, config(change), 1), "c");

function runOf(outcome: Outcome) {
  if (!("run" in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.run;
}

/** A signal that stops a run after some steps. */
function stopAfter(steps: number) {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onProgress: ({ done }: { done: number }) => {
      if (done === steps) stop.abort();
    },
  };
}

test("a run is made once, and says how far it is and what it logs", async () => {
  const progress: string[] = [];
  const steps: number[] = [];
  const first = await make(
    { epochs: 3 },
    { onProgress: ({ done, total }) => progress.push(`${done}/${total}`), onLog: (step) => steps.push(step) },
  );
  expect(first.status).toBe("finished");
  expect(progress).toEqual(["1/3", "2/3", "3/3"]);
  expect(steps).toEqual([1, 2, 3]);
  const again = await make({ epochs: 3 });
  expect(again.status).toBe("stored");
  expect(runOf(again).metrics).toEqual(runOf(first).metrics);
  expect(begun).toEqual([3.7]);
  expect(readdirSync(runOf(first).folder)).not.toContain("checkpoint.safetensors");
});

describe("a run that needs another one", () => {
  test("has it made first, and what is made stays for the next", async () => {
    const built = runOf(await make({ rate: 3.5, builtOn: 3.6 }));
    expect(begun).toEqual([3.5, 3.6]);
    expect(store.read("toy", idOf({ rate: 3.6 }))).toBeDefined();
    expect((await make({ rate: 3.4, builtOn: 3.6 })).status).toBe("finished");
    expect(begun).toEqual([3.5, 3.6, 3.4]);
    const alone = runOf(await make({ rate: 3.5 }));
    expect(built.metrics.final).not.toBe(alone.metrics.final);
  });

  test("fails with it, and says so", async () => {
    const outcome = await make({ rate: 3.5, builtOn: 3.6, fails: "throws" });
    expect(outcome).toMatchObject({
      status: "failed",
      message: expect.stringContaining(
        `The run ${idOf({ rate: 3.6, fails: "throws" })}, which this one needs, failed: Error: half way`,
      ),
    });
    expect(store.failures().map(({ config: { rate } }) => rate)).toHaveLength(2);
  });

  test("stops with it", async () => {
    expect((await make({ rate: 3.5, builtOn: 3.6 }, stopAfter(2))).status).toBe("interrupted");
    expect(readdirSync(join(folder, "claims"))).toEqual([]);
    expect(store.failures()).toEqual([]);
  });

  test("waits for the process that makes it", async () => {
    const needed = idOf({ rate: 3.6 });
    const held = store.begin(specOf(experiment, config({ rate: 3.6 }), 1), needed, "c");
    if (!("draft" in held)) throw new Error("expected a draft");
    const waiting = make({ rate: 3.5, builtOn: 3.6 });
    await sleep(50);
    expect(begun).toEqual([3.5]);
    held.draft.interrupt();
    expect((await waiting).status).toBe("finished");
    expect(begun).toEqual([3.5, 3.6]);
  });

  test("does not wait for it when it is asked to stop", async () => {
    const held = store.begin(specOf(experiment, config({ rate: 3.6 }), 1), idOf({ rate: 3.6 }), "c");
    if (!("draft" in held)) throw new Error("expected a draft");
    const stop = new AbortController();
    const waiting = make({ rate: 3.5, builtOn: 3.6 }, { signal: stop.signal });
    await sleep(50);
    stop.abort();
    expect((await waiting).status).toBe("interrupted");
    held.draft.interrupt();
  });

  test("is refused where it needs itself", async () => {
    const circular: typeof experiment = {
      ...experiment,
      run: async (own, { need }) => ({ metrics: (await need(own)).metrics }),
    };
    const outcome = await execute(circular, config(), 1, { store, code: "c" });
    expect(outcome).toMatchObject({
      status: "failed",
      message: expect.stringContaining("A run of toy says that it needs itself"),
    });
  });
});

test("a run that was stopped goes on from its checkpoint, and is what it would have been", async () => {
  const uncut = runOf(await make({}, { store: new RunStore(join(folder, "other")) }));
  const cut = await make({}, stopAfter(4));
  expect(cut).toEqual({ status: "interrupted" });
  expect(store.read("toy", idOf({}))).toBeUndefined();
  expect(store.holder(idOf({}))).toBeUndefined();
  expect(existsSync(join(folder, "work", idOf({}), "checkpoint.safetensors"))).toBe(true);

  const done: number[] = [];
  const whole = runOf(await make({}, { onProgress: (progress) => done.push(progress.done) }));
  expect(done).toEqual([5, 6]);
  expect(whole.array("values")).toEqual(uncut.array("values"));
  expect(readMetrics(join(whole.folder, "metrics.jsonl")).map(({ step }) => step)).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
  expect(readdirSync(join(folder, "work"))).toEqual([]);
});

test("the time of a run counts all of its executions", async () => {
  await make({ pause: 40 }, stopAfter(5));
  const { provenance } = runOf(await make({ pause: 40 }));
  expect(provenance.seconds).toBeGreaterThan(0.2); // the last execution alone takes a pause of 0.04 s
});

test("a failure is recorded with its stack, leaves nothing behind, and is forgotten when the run succeeds", async () => {
  const outcome = await make({ fails: "throws" });
  expect(outcome).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/^Error: half way is far enough\n +at /),
  });
  const [failure] = store.failures();
  expect(failure).toMatchObject({ id: idOf({ fails: "throws" }), seed: 1, code: "c", experiment: "toy" });
  expect(failure.message).toBe(outcome.status === "failed" && outcome.message);
  expect(readdirSync(join(folder, "work"))).toEqual([]);
  expect(readdirSync(join(folder, "claims"))).toEqual([]);

  const mended = { ...experiment, run: () => Promise.resolve({ metrics: { final: 1 } }) };
  await execute(mended, config({ fails: "throws" }), 1, { store, code: "c" });
  expect(store.failures()).toEqual([]);
});

test("a run that is no Error's fault fails with what was thrown", async () => {
  const rude = { ...experiment, run: () => Promise.reject("no reason") };
  expect(await execute(rude, config(), 1, { store, code: "c" })).toEqual({
    status: "failed",
    message: "no reason",
  });
});

test("a run that another process makes is left to it", async () => {
  const held = store.begin(specOf(experiment, config(), 1), idOf({}), "c");
  if (!("draft" in held)) throw new Error("expected a draft");
  expect(await make({})).toMatchObject({ status: "busy", heldBy: { pid: process.pid } });
  expect(begun).toEqual([]);
  held.draft.interrupt();
  expect((await make({})).status).toBe("finished");
});
