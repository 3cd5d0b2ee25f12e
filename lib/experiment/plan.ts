import { codeVersion } from "./codeVersion";
import { type Experiment, specOf } from "./experiment";
import { runId } from "./identity";
import type { RunStore } from "./store";

/** A run that a sweep is to make. */
export interface PlannedRun {
  readonly id: string;
  readonly experiment: string;
  readonly entry: string;
  readonly config: unknown;
  readonly seed: number;
  readonly code: string;
  /** For people: "T2ARec w/o time, seed 2". */
  readonly label: string;
  /** Ids of the runs that must be there before it. */
  readonly needs: readonly string[];
}

/** A configuration of a sweep, with its name. */
export interface Planned<C> {
  readonly label: string;
  readonly config: C;
}

/**
 * The runs of some configurations with some seeds, together with those that they build on, each once, in an order in which nothing
 * comes before what it needs. Seeds come last in the order: the first seed of everything is there before the second of anything.
 */
export function planRuns<C>(
  experiment: Experiment<C>,
  configurations: readonly Planned<C>[],
  seeds: readonly number[],
  code: string = codeVersion(experiment.entry),
): PlannedRun[] {
  const planned = new Map<string, PlannedRun>();
  const add = ({ label, config }: Planned<C>, seed: number, ancestors: readonly string[]): string => {
    const id = runId(specOf(experiment, config, seed), code);
    if (ancestors.includes(id))
      throw new Error(`A run of ${experiment.name} says that it needs itself (${label}).`);
    if (planned.has(id)) return id;
    const needs = (experiment.needs?.(config) ?? []).map((needed) =>
      add({ label: `${label}: what it builds on`, config: needed }, seed, [...ancestors, id]),
    );
    const { name, entry } = experiment;
    planned.set(id, {
      id,
      experiment: name,
      entry,
      config,
      seed,
      code,
      needs,
      label: `${label}, seed ${seed}`,
    });
    return id;
  };
  for (const seed of seeds) for (const configuration of configurations) add(configuration, seed, []);
  return [...planned.values()];
}

/** Which of the runs are stored, which are still to be made. */
export function splitByState(
  runs: readonly PlannedRun[],
  store: RunStore,
): { stored: PlannedRun[]; missing: PlannedRun[] } {
  const stored: PlannedRun[] = [];
  const missing: PlannedRun[] = [];
  for (const run of runs) (store.read(run.experiment, run.id) === undefined ? missing : stored).push(run);
  return { stored, missing };
}
