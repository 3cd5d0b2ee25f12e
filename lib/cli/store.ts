import { type Failure, RunStore, type StoredRun } from "../experiment/store";
import { CommandError } from "./errors";
import { experimentNames, noExperiment } from "./experiments";

/** The store, with its warnings on standard error: standard output is the command's answer. */
export function openStore(): RunStore {
  return new RunStore(undefined, (warning) => console.error(`! ${warning}`));
}

/**
 * The stored runs of an experiment, or of all.
 * @throws CommandError where there is neither a run nor an experiment of this name
 */
export function runsOf(store: RunStore, experiment: string | undefined): StoredRun[] {
  const runs = store.list();
  if (experiment === undefined) return runs;
  const known = [...new Set([...experimentNames(), ...runs.map((run) => run.experiment)])];
  if (!known.includes(experiment)) throw noExperiment(experiment, known);
  return runs.filter((run) => run.experiment === experiment);
}

/** Why the run whose id begins so has no result, where it has failed. */
export function findFailure(store: RunStore, name: string): Failure | undefined {
  return name === "" ? undefined : store.failures().find(({ id }) => id.startsWith(name));
}

/** The run whose id begins so. @throws CommandError where there is none, or more than one */
export function findRun(store: RunStore, name: string): StoredRun {
  const found = store.list().filter(({ id }) => id.startsWith(name));
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new CommandError(`"${name}" begins the names of ${found.length} runs`, [
      `write more of it: ${found.map(({ id }) => id).join(", ")}`,
    ]);
  const failure = findFailure(store, name);
  if (failure !== undefined)
    throw new CommandError(`run ${failure.id} has failed`, [`npx reprise runs show ${failure.id}`]);
  throw new CommandError(`there is no run "${name}" in ${store.folder}`, ["npx reprise runs list"]);
}
