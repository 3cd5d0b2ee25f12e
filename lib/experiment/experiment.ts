import type { CheckpointFile } from "./checkpoint";
import type { Configuration } from "./configuration";
import type { JsonRecord, RunSpec } from "./identity";
import type { RunOutput, StoredRun } from "./store";

/** What a run is given to work with. */
export interface RunContext {
  readonly seed: number;
  /** Files that the run leaves here are kept with it. */
  readonly folder: string;
  /** Asks the run to stop: it then throws {@link Interrupted}, and goes on from its checkpoint another time. */
  readonly signal: AbortSignal;
  /** Notes metrics of an epoch or update; TensorBoard shows them as curves. */
  log(step: number, values: Readonly<Record<string, number>>): void;
  /** Says how far the run has come. */
  progress(done: number, total: number, note?: string): void;
  readonly checkpoint: Pick<CheckpointFile, "save" | "load" | "exists">;
  /** A run of the same experiment and seed that this one builds on: from the store, or made now. */
  need(config: unknown): Promise<StoredRun>;
}

/** Thrown by a run that its signal has stopped. */
export class Interrupted extends Error {
  constructor() {
    super("The run was stopped before its end; it goes on from its checkpoint.");
    this.name = "Interrupted";
  }
}

/** One change to a configuration, with a name for commands and a label for tables. */
export interface Variant<C> {
  readonly name: string;
  readonly label: string;
  readonly change: Partial<C>;
}

/** Variants that are compared with each other. */
export interface Ablation<C> {
  readonly title: string;
  readonly variants: readonly Variant<C>[];
  /** Metrics of the table, by their names in the runs' results. */
  readonly metrics: readonly string[];
  /** Further numbers of a run for the table. */
  readonly columns?: (run: StoredRun) => Readonly<Record<string, number>>;
}

/**
 * An experiment: what a run does, how it is configured, and which runs are compared. A run is a pure function of configuration, seed
 * and code: equal ones give equal results.
 */
export interface Experiment<C> {
  /** As the commands name it. */
  readonly name: string;
  readonly title: string;
  /** Its module relative to the project's folder; it exports the experiment as `experiment`. The version of the code is this module's. */
  readonly entry: string;
  readonly configuration: Configuration<C>;
  /** The fields that matter to a run of this configuration; default: all of them. */
  relevant?(config: C): Partial<C>;
  /** Why a run of this configuration cannot be made, if so: a data set lacks what the model reads, say. */
  unable?(config: C): string | undefined;
  /** Runs of the same seed that a run of this configuration builds on. */
  needs?(config: C): readonly C[];
  run(config: C, context: RunContext): Promise<RunOutput>;
  readonly ablations: Readonly<Record<string, Ablation<C>>>;
}

/** What a run of an experiment is a function of. */
export function specOf<C>(experiment: Experiment<C>, config: C, seed: number): RunSpec {
  const relevant = experiment.relevant?.(config) ?? config;
  return { experiment: experiment.name, config: relevant as unknown as JsonRecord, seed };
}
