import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CheckpointFile } from "./checkpoint";
import type { ProcessIdentity } from "./claim";
import { codeVersion } from "./codeVersion";
import { type Experiment, Interrupted, specOf } from "./experiment";
import { runId } from "./identity";
import { METRICS_FILE, MetricsLog, readMetrics } from "./metricsLog";
import { machine, sourceCommit } from "./provenance";
import { type RunDraft, RunStore, type StoredRun } from "./store";
import { writeEvents } from "./tensorboard";

/** How far a run has come. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly note?: string;
}

export interface ExecuteOptions {
  readonly store?: RunStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Hears what the run logs. */
  readonly onLog?: (step: number, values: Readonly<Record<string, number>>) => void;
  /** The version of the code; default: computed from the experiment's module. */
  readonly code?: string;
}

export type Outcome =
  | { readonly status: "stored" | "finished"; readonly run: StoredRun }
  | { readonly status: "busy"; readonly heldBy: ProcessIdentity }
  | { readonly status: "interrupted" }
  | { readonly status: "failed"; readonly message: string };

const LOOK_AGAIN_MS = 500;

/** Executes one run in this process, unless it is stored already or another process makes it. */
export async function execute<C>(
  experiment: Experiment<C>,
  config: C,
  seed: number,
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const { store = new RunStore(), code = codeVersion(experiment.entry) } = options;
  const spec = specOf(experiment, config, seed);
  const id = runId(spec, code);
  const begun = store.begin(spec, id, code);
  if ("stored" in begun) return { status: "stored", run: begun.stored };
  if ("heldBy" in begun) return { status: "busy", heldBy: begun.heldBy };
  const { draft } = begun;
  try {
    await make(draft, experiment, config, seed, { ...options, store, code });
  } catch (error) {
    if (error instanceof Interrupted) {
      draft.interrupt();
      return { status: "interrupted" };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    draft.fail(message);
    return { status: "failed", message };
  }
  return { status: "finished", run: store.read(experiment.name, id)! };
}

async function make<C>(
  draft: RunDraft,
  experiment: Experiment<C>,
  config: C,
  seed: number,
  {
    store,
    code,
    signal = new AbortController().signal,
    onProgress,
    onLog,
  }: ExecuteOptions & { store: RunStore; code: string },
): Promise<void> {
  const started = performance.now();
  const checkpoint: CheckpointFile = new CheckpointFile(draft.folder, () => ({
    logBytes: log.size(),
    seconds: before.seconds + (performance.now() - started) / 1000,
  }));
  const before = checkpoint.bookkeeping();
  const log = new MetricsLog(join(draft.folder, METRICS_FILE), before.logBytes);
  const context = {
    seed,
    folder: draft.folder,
    signal,
    log(step: number, values: Readonly<Record<string, number>>) {
      log.append(step, values);
      onLog?.(step, values);
    },
    progress: (done: number, total: number, note?: string) => onProgress?.({ done, total, note }),
    checkpoint,
    need: (needed: unknown) =>
      neededRun(experiment, needed as C, seed, draft.id, { store, code, signal, onProgress }),
  };
  try {
    const output = await experiment.run(config, context);
    writeEvents(draft.folder, readMetrics(join(draft.folder, METRICS_FILE)), output.metrics);
    checkpoint.remove();
    draft.finish(output, {
      commit: sourceCommit(),
      date: new Date().toISOString(),
      machine: machine(),
      seconds: before.seconds + (performance.now() - started) / 1000,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    });
  } finally {
    log.close();
  }
}

/** A run that another one builds on: from the store, made here, or made by the process that is at it. */
async function neededRun<C>(
  experiment: Experiment<C>,
  config: C,
  seed: number,
  forId: string,
  options: ExecuteOptions & { store: RunStore; code: string; signal: AbortSignal },
): Promise<StoredRun> {
  const id = runId(specOf(experiment, config, seed), options.code);
  if (id === forId) throw new Error(`A run of ${experiment.name} says that it needs itself (${id}).`);
  for (;;) {
    const outcome = await execute(experiment, config, seed, options);
    if (outcome.status === "stored" || outcome.status === "finished") return outcome.run;
    if (outcome.status === "failed")
      throw new Error(`The run ${id}, which this one needs, failed: ${outcome.message}`);
    if (outcome.status === "interrupted" || options.signal.aborted) throw new Interrupted();
    await sleep(LOOK_AGAIN_MS);
  }
}
