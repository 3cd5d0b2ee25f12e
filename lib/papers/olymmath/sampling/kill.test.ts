import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { withTemporaryFolder } from "../../../data/testing";
import { evaluationReport } from "../report/evaluationReport";
import { readResults } from "../report/results";
import { samplesOf } from "../testing";
import { inProcessBackend } from "./inProcess";
import { KILLED_RUN, killedModel, type RunProcess, startRun } from "./killedRuns";
import { drawSamples } from "./run";
import { withSampleLog } from "./sampleLog";
import { settingsId } from "./settings";

const KILLS = 20;
/** Processes that load while others run. */
const AHEAD = 2;
/** Samples at a time: in the order of the plan, and not. */
const CONCURRENCIES = [1, 3, 8];

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);

/** As a set: samples side by side come in any order. */
const sorted = async (path: string) => (await samplesOf(path)).sort((a, b) => (a.key < b.key ? -1 : 1));

/** All numbers of the report, without its times. */
async function numbers(path: string) {
  const { sets, settings } = KILLED_RUN;
  const results = await readResults(path, sets, { model: "able", settingsId: settingsId(settings) });
  const { firstSample: _, lastSample: __, ...report } = evaluationReport(results, { resamples: 50 });
  return report;
}

it("killed again and again, a run leaves the samples and the report of one that was let alone", async () => {
  await withTemporaryFolder(async (folder) => {
    const [whole, path] = [join(folder, "whole.jsonl"), join(folder, "killed.jsonl")];
    const random = createRandom(5);
    const started: RunProcess[] = [];
    const next = (kill: number) => {
      while (started.length <= Math.min(kill + AHEAD, KILLS))
        started.push(startRun(path, CONCURRENCIES[started.length % CONCURRENCIES.length]));
      return started[kill];
    };
    for (let kill = 0; kill < KILLS; kill++) {
      const before = sizeOf(path);
      const run = next(kill);
      run.begin();
      while (!run.isOver && sizeOf(path) === before) await sleep(1);
      await sleep(random.integer(40));
      run.kill();
      expect(await run.ended).toEqual({ by: "SIGKILL", complaints: "" });
      expect(sizeOf(path)).toBeGreaterThan(before);
    }
    const total = KILLED_RUN.samples * KILLED_RUN.sets.flatMap(({ problems }) => problems).length;
    expect((await samplesOf(path)).length).toBeLessThan(total);
    const last = next(KILLS);
    last.begin();
    expect(await last.ended).toEqual({ by: 0, complaints: "" });
    const backend = inProcessBackend(killedModel());
    await withSampleLog(whole, (log) => drawSamples(KILLED_RUN, backend, log, { concurrency: 1 }));
    expect(await sorted(whole)).toHaveLength(total);
    expect(await sorted(path)).toEqual(await sorted(whole));
    expect(await numbers(path)).toEqual(await numbers(whole));
  });
});

it("a second process on the log of a first one is refused, and leaves it alone", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "log.jsonl");
    const [first, second] = [startRun(path, 1), startRun(path, 1)];
    first.begin();
    while (!first.isOver && sizeOf(path) === 0) await sleep(1);
    second.begin();
    const { by, complaints } = await second.ended;
    expect(by).toBe(1);
    expect(complaints).toMatch(/log\.jsonl: Another process writes to the log\. Wait for it/);
    expect(first.isOver).toBe(false);
    first.kill();
    expect((await first.ended).complaints).toBe("");
    const keys = (await samplesOf(path)).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
    // The dead one's lock holds nobody up.
    expect(await withSampleLog(path, async ({ answered }) => [...answered])).toEqual(keys);
  });
});
