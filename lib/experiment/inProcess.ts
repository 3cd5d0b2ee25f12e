import { join } from "node:path";
import { execute, type RunProgress } from "./execute";
import { type Experiment, Interrupted } from "./experiment";
import { METRICS_FILE, readMetrics } from "./metricsLog";
import { type Planned, type PlannedRun, planRuns } from "./plan";
import { RunStore } from "./store";

/** What hears of runs while they are made. */
export interface RunsListener {
  /** Before each run. */
  readonly onRun?: (run: PlannedRun, position: number, total: number) => void;
  /** What a run logs; of a run that is stored already, what it has logged. */
  readonly onLog?: (run: PlannedRun, step: number, values: Readonly<Record<string, number>>) => void;
  /** How far a run has come. */
  readonly onProgress?: (run: PlannedRun, progress: RunProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes the runs that are not stored yet, one after the other in this process: what a notebook does, where `sweep` would take processes.
 * @throws where a configuration cannot be run or a run fails, and {@link Interrupted} where the signal stops it
 */
export async function makeRunsInProcess<C>(
  experiment: Experiment<C>,
  configurations: readonly Planned<C>[],
  seeds: readonly number[],
  {
    onRun,
    onLog,
    onProgress,
    signal,
    store = new RunStore(),
  }: RunsListener & { readonly store?: RunStore } = {},
): Promise<void> {
  for (const { label, config } of configurations) {
    const reason = experiment.unable?.(config);
    if (reason !== undefined) throw new Error(`${label} cannot be run: ${reason}.`);
  }
  const runs = planRuns(experiment, configurations, seeds);
  for (const [position, run] of runs.entries()) {
    onRun?.(run, position, runs.length);
    const hearing = guarded(signal, (step: number, values: Readonly<Record<string, number>>) =>
      onLog?.(run, step, values),
    );
    const seeing = guarded(hearing.signal, (progress: RunProgress) => onProgress?.(run, progress));
    const outcome = await execute(experiment, run.config as C, run.seed, {
      store,
      signal: seeing.signal,
      code: run.code,
      onLog: hearing.call,
      onProgress: seeing.call,
    });
    hearing.rethrow();
    seeing.rethrow();
    if (outcome.status === "interrupted") throw new Interrupted();
    if (outcome.status === "failed") throw new Error(`${run.label} failed: ${outcome.message}`);
    if (outcome.status === "busy")
      throw new Error(
        `Process ${outcome.heldBy.pid} is making "${run.label}" now: try again when it is done.`,
      );
    if (outcome.status === "stored" && onLog !== undefined) {
      for (const { step, values } of readMetrics(join(outcome.run.folder, METRICS_FILE)))
        onLog(run, step, values);
    }
  }
}

/** A listener whose error stops the run, as an interrupt in a notebook does, and does not make it one that failed. */
function guarded<Arguments extends unknown[]>(
  signal: AbortSignal | undefined,
  listener: (...told: Arguments) => void,
) {
  const stop = new AbortController();
  const thrown: unknown[] = [];
  if (signal?.aborted) stop.abort();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  return {
    /** Of the run: aborted by the other one, or by an error of the listener. */
    signal: stop.signal,
    call(...told: Arguments): void {
      try {
        listener(...told);
      } catch (error) {
        thrown.push(error);
        stop.abort();
      }
    },
    rethrow(): void {
      if (thrown.length > 0) throw thrown[0];
    },
  };
}
