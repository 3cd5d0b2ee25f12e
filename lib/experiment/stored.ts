import type { Experiment } from "./experiment";
import { type Planned, planRuns } from "./plan";
import type { RunStore, StoredRun } from "./store";

/** The runs of a configuration that are stored, in the order of the seeds; fewer than seeds where some are missing. */
export function storedRuns<C>(
  store: RunStore,
  experiment: Experiment<C>,
  configuration: Planned<C>,
  seeds: readonly number[],
): StoredRun[] {
  return seeds.flatMap((seed) => {
    const { id } = planRuns(experiment, [configuration], [seed]).at(-1)!; // what it builds on comes before it
    return store.read(experiment.name, id) ?? [];
  });
}
