import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../data/root";
import type { RunProgress } from "./execute";
import { residentBytes } from "./memory";
import { type PlannedRun, splitByState } from "./plan";
import { threads } from "./provenance";
import type { RunStore } from "./store";
import { STOP, type WorkerMessage, type WorkerTask } from "./worker";

export interface SweepOptions {
  readonly store: RunStore;
  /** Runs at the same time; the machine's threads are divided among them. Default 1. */
  readonly jobs?: number;
  /** A worker that takes more memory than this is ended, and its run has failed. Default: no limit. */
  readonly memoryBytes?: number;
  /** Stops the sweep: running workers end after their step, and go on from there another time. */
  readonly signal?: AbortSignal;
  /** Hears how the sweep stands, a few times a second at most. */
  readonly onState?: (state: SweepState) => void;
  /** Hears of each run that has ended. */
  readonly onEnd?: (run: PlannedRun, end: RunEnd) => void;
  readonly onWarning?: (text: string) => void;
}

export type RunEnd =
  | { readonly status: "finished"; readonly seconds: number }
  | { readonly status: "stored" | "interrupted" }
  | { readonly status: "failed"; readonly message: string };

export interface RunningRun {
  readonly run: PlannedRun;
  readonly seconds: number;
  readonly progress?: RunProgress;
}

export interface SweepState {
  readonly total: number;
  /** Stored before, or finished now. */
  readonly done: number;
  readonly failed: number;
  readonly running: readonly RunningRun[];
  /** Until the end, as far as it can be told. */
  readonly secondsLeft?: number;
}

export interface SweepSummary {
  /** Were there before. */
  readonly stored: readonly PlannedRun[];
  /** Were made now. */
  readonly finished: readonly PlannedRun[];
  readonly failed: readonly { readonly run: PlannedRun; readonly message: string }[];
  /** Were not begun, or not brought to an end. */
  readonly left: readonly PlannedRun[];
}

const LOOK_MS = 250;
/** Between two tries of a run that another process makes. */
const BUSY_MS = 1000;
/** How much of what a worker wrote to its standard error is kept for the message where it dies. */
const KEPT_CHARACTERS = 4000;

interface Worker {
  readonly run: PlannedRun;
  readonly child: ChildProcess;
  readonly started: number;
  progress?: RunProgress;
  outcome?: Extract<WorkerMessage, { kind: "outcome" }>;
  errors: string;
  /** Why the sweep has killed it. */
  killed?: string;
}

/**
 * Makes the runs that are not stored yet, each in a process of its own, several at a time. A run that fails stops neither the others
 * nor the sweep, only those that need it.
 */
export async function sweep(runs: readonly PlannedRun[], options: SweepOptions): Promise<SweepSummary> {
  const { store, jobs = 1, memoryBytes, signal, onState, onEnd, onWarning } = options;
  const { stored, missing } = splitByState(runs, store);
  const done = new Set(stored.map(({ id }) => id));
  const finished: PlannedRun[] = [];
  const failed = new Map<PlannedRun, string>();
  const waiting = [...missing];
  const notBefore = new Map<PlannedRun, number>();
  const running = new Set<Worker>();
  const durations: number[] = [];

  /** Ends a run of the list; runs that need one which has failed fail with it. */
  function fail(run: PlannedRun, message: string): void {
    failed.set(run, message);
    onEnd?.(run, { status: "failed", message });
    for (const dependent of waiting.filter(({ needs }) => needs.includes(run.id))) {
      waiting.splice(waiting.indexOf(dependent), 1);
      fail(dependent, `It needs "${run.label}", which failed.`);
    }
  }

  function ended(worker: Worker, code: number | null, cause: NodeJS.Signals | null): void {
    running.delete(worker);
    const { run, outcome, started } = worker;
    const seconds = (performance.now() - started) / 1000;
    if (outcome === undefined) {
      if (signal?.aborted) {
        waiting.unshift(run);
        onEnd?.(run, { status: "interrupted" });
        return;
      }
      const how = worker.killed ?? `Its process ended without a word (${cause ?? `exit code ${code}`}).`;
      fail(run, [how, worker.errors.trim()].filter((part) => part !== "").join("\n"));
    } else if (outcome.status === "failed") {
      fail(run, outcome.message);
    } else if (outcome.status === "busy" || outcome.status === "interrupted") {
      waiting.unshift(run);
      notBefore.set(run, performance.now() + BUSY_MS);
      if (outcome.status === "interrupted") onEnd?.(run, { status: "interrupted" });
    } else {
      done.add(run.id);
      if (outcome.status === "finished") {
        finished.push(run);
        durations.push(seconds);
      }
      onEnd?.(run, outcome.status === "finished" ? { status: "finished", seconds } : { status: "stored" });
    }
  }

  function start(run: PlannedRun): void {
    const child = startWorker(jobs);
    const worker: Worker = { run, child, started: performance.now(), errors: "" };
    running.add(worker);
    const { entry, config, seed, code } = run;
    child.send({ entry, config, seed, code, store: store.folder } satisfies WorkerTask);
    child.stderr?.on("data", (text) => {
      worker.errors = (worker.errors + text).slice(-KEPT_CHARACTERS);
    });
    child.on("message", (message: WorkerMessage) => {
      if (message.kind === "progress") worker.progress = message.progress;
      else if (message.kind === "warning") onWarning?.(message.text);
      else worker.outcome = message;
    });
    onceGone(child, (code, cause) => ended(worker, code, cause));
  }

  function startReady(): void {
    for (const run of [...waiting]) {
      if (running.size >= jobs) return;
      const ready = run.needs.every((id) => done.has(id)) && (notBefore.get(run) ?? 0) <= performance.now();
      if (!ready) continue;
      waiting.splice(waiting.indexOf(run), 1);
      start(run);
    }
  }

  function watchMemory(): void {
    if (memoryBytes === undefined) return;
    for (const worker of running) {
      const used = worker.child.pid === undefined ? undefined : residentBytes(worker.child.pid);
      if (used === undefined || used <= memoryBytes || worker.killed !== undefined) continue;
      worker.killed = `It took ${gibibytes(used)} of memory, more than the ${gibibytes(memoryBytes)} that a worker may have.`;
      worker.child.kill("SIGKILL");
    }
  }

  const stopAll = () => {
    for (const { child } of running) if (child.connected) child.send(STOP);
  };
  signal?.addEventListener("abort", stopAll);
  try {
    while (running.size > 0 || (waiting.length > 0 && !signal?.aborted)) {
      if (!signal?.aborted) startReady();
      watchMemory();
      onState?.(
        stateOf({
          total: runs.length,
          done: done.size,
          failed: failed.size,
          waiting: waiting.length,
          running,
          durations,
          jobs,
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    signal?.removeEventListener("abort", stopAll);
    for (const { child } of running) child.kill("SIGKILL"); // only where the sweep itself has thrown
  }
  return {
    stored,
    finished,
    failed: [...failed].map(([run, message]) => ({ run, message })),
    left: waiting,
  };
}

function startWorker(jobs: number): ChildProcess {
  return fork(join(__dirname, "worker.ts"), [], {
    cwd: projectRoot(),
    execArgv: ["--require", "tsx/cjs"],
    env: { ...process.env, REPRISE_THREADS: String(Math.max(1, Math.floor(threads() / jobs))) },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
  });
}

/** Calls back when a process has ended and all that it told has been heard, or when it could not be started. */
function onceGone(
  child: ChildProcess,
  gone: (code: number | null, cause: NodeJS.Signals | null) => void,
): void {
  let ended: [number | null, NodeJS.Signals | null] | undefined;
  const settle = () => {
    if (ended !== undefined && !child.connected) gone(...ended);
  };
  child.once("exit", (code, cause) => {
    ended = [code, cause];
    settle();
  });
  child.once("disconnect", settle);
  child.once("error", (error) => {
    if (child.pid !== undefined) return;
    child.stderr?.emit("data", error.message);
    ended = [null, null];
    settle();
  });
}

interface Standing {
  total: number;
  done: number;
  failed: number;
  waiting: number;
  running: ReadonlySet<Worker>;
  durations: readonly number[];
  jobs: number;
}

function stateOf({ total, done, failed, waiting, running, durations, jobs }: Standing): SweepState {
  const now = performance.now();
  const workers = [...running].map(({ run, started, progress }) => ({
    run,
    progress,
    seconds: (now - started) / 1000,
  }));
  return {
    total,
    done,
    failed,
    running: workers,
    secondsLeft: secondsLeft(workers, waiting, durations, jobs),
  };
}

/** Runs take as long as those that have ended; before the first has, as long as the most advanced one will have taken. */
function secondsLeft(
  workers: readonly RunningRun[],
  waiting: number,
  durations: readonly number[],
  jobs: number,
): number | undefined {
  const expected = workers.flatMap(({ seconds, progress }) =>
    progress === undefined || progress.done === 0 ? [] : [(seconds * progress.total) / progress.done],
  );
  const basis = durations.length > 0 ? durations : expected;
  if (basis.length === 0) return undefined;
  const typical = basis.reduce((sum, seconds) => sum + seconds, 0) / basis.length;
  const begun = workers.reduce((sum, { seconds }) => sum + Math.max(0, typical - seconds), 0);
  return (begun + waiting * typical) / jobs;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
