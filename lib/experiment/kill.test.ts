import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../data/random";
import { projectRoot } from "../data/root";
import { readMetrics } from "./metricsLog";
import { QUICK_START } from "./testing/quickStart";

const KILLS = 50;
const RUNS = 8;
const STEPS = 100;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "kills-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Sweep {
  readonly child: ChildProcess;
  readonly table: Promise<string | undefined>;
}

function startSweep(store: string): Sweep {
  const script = join(__dirname, "testing", "toySweep.ts");
  const child = spawn(process.execPath, ["--require", "tsx/cjs", script, store], {
    cwd: projectRoot(),
    env: { ...process.env, NODE_OPTIONS: QUICK_START },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout!.on("data", (part) => {
    text += part;
  });
  const table = new Promise<string | undefined>((resolve) => {
    child.once("close", (code) => resolve(code === 0 ? text : undefined));
  });
  return { child, table };
}

/** The workers of a sweep. */
function workersOf({ pid }: ChildProcess): number[] {
  const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean).map(Number);
}

async function untilItWorks(child: ChildProcess): Promise<void> {
  while (child.exitCode === null && workersOf(child).length === 0) await sleep(50);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended by itself
  }
}

/** The finished runs, by when and as which file each was written. */
function finished(store: string): Map<string, string> {
  const done = join(store, "done", "toy");
  if (!existsSync(done)) return new Map();
  return new Map(
    readdirSync(done).map((id) => {
      const { ino, mtimeMs } = statSync(join(done, id, "run.json"));
      return [id, `${ino} ${mtimeMs}`];
    }),
  );
}

test(`${KILLS} kills of a sweep and its workers lose nothing and repeat nothing`, async () => {
  const untouched = await startSweep(join(folder, "untouched")).table;
  expect(untouched?.trim().split("\n")).toHaveLength(RUNS);

  const random = createRandom(11);
  const store = join(folder, "killed");
  let seen = finished(store);
  let inTheMiddle = 0;
  for (let count = 0; count < KILLS; count++) {
    const { child, table } = startSweep(store);
    // Every fifth time it dies while it starts, else some time after its workers have begun.
    if (count % 5 === 4) await sleep(random.integer(600));
    else await Promise.race([table, untilItWorks(child).then(() => sleep(random.integer(700)))]);
    const workers = workersOf(child);
    if (workers.length > 0) inTheMiddle++;
    // Every third time a worker alone dies first: the sweep reports that run as failed, and dies next.
    if (count % 3 === 0 && workers.length > 0) {
      kill(workers[random.integer(workers.length)]);
      await sleep(random.integer(200));
    }
    child.kill("SIGKILL");
    await table;
    const now = finished(store);
    for (const [id, written] of seen)
      expect(now.get(id), `run ${id} was there and must stay as it was`).toBe(written);
    seen = now;
  }
  expect(inTheMiddle).toBeGreaterThan(KILLS / 4);
  expect(await startSweep(store).table).toBe(untouched);
  for (const [id, written] of seen) expect(finished(store).get(id)).toBe(written);

  // Every step was logged once and in order, however often the run was cut off; and nothing is left over.
  for (const id of finished(store).keys()) {
    const steps = readMetrics(join(store, "done", "toy", id, "metrics.jsonl")).map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  }
  expect(finished(store).size).toBe(RUNS);
  expect(readdirSync(join(store, "work"))).toEqual([]);
  expect(readdirSync(join(store, "claims"))).toEqual([]);
  expect(existsSync(join(store, "aside"))).toBe(false);
}, 1_200_000);
