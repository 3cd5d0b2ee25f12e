import { makeRunsInProcess, type RunsListener } from "../../experiment/inProcess";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { storedRuns } from "../../experiment/stored";
import type { LoadedDataset } from "../../recsys/datasets";
import type { T2ARecConfig } from "./config";
import { experiment } from "./experiment";
import { STEP_SETTINGS } from "./steps";
import { loadData } from "./training";

/** The stored runs of models and variants under one configuration. */
export interface Ledger {
  /** Before any variant's change. */
  readonly config: T2ARecConfig;
  readonly seeds: readonly number[];
  readonly loaded: LoadedDataset;
  /** By the names of the ablations' variants, seed by seed; empty where there are none. */
  runs(name: string): readonly StoredRun[];
}

interface Entry {
  readonly label: string;
  readonly change: Partial<T2ARecConfig>;
}

/** Every variant of every ablation by its name. A name means the same in all of them; the first label counts. */
const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  Object.values(experiment.ablations)
    .flatMap(({ variants }) => variants)
    .reverse()
    .map(({ name, label, change }) => [name, { label, change }]),
);

/** The names of an ablation's variants. */
export function variantNames(ablation: keyof typeof experiment.ablations): string[] {
  return experiment.ablations[ablation].variants.map(({ name }) => name);
}

/** What a variant is called in tables. @throws where there is none of this name */
export function labelOf(name: string): string {
  return entry(name).label;
}

function entry(name: string): Entry {
  const found = ENTRIES.get(name);
  if (found === undefined)
    throw new Error(`There is no variant "${name}"; there are ${[...ENTRIES.keys()].join(", ")}.`);
  return found;
}

function planned(config: T2ARecConfig, name: string) {
  const { label, change } = entry(name);
  return { label, config: { ...config, ...change } };
}

/** The runs that are stored under a configuration, by the names of the variants. */
export function readRuns(store: RunStore, config: T2ARecConfig, seeds: readonly number[]): Ledger["runs"] {
  const found = new Map<string, StoredRun[]>();
  const read = (name: string) => {
    const configuration = planned(config, name);
    return experiment.unable?.(configuration.config) === undefined
      ? storedRuns(store, experiment, configuration, seeds)
      : [];
  };
  return (name) => {
    const known = found.get(name) ?? read(name);
    found.set(name, known);
    return known;
  };
}

/** What is stored under a configuration, with its data. */
export async function readLedger(
  store: RunStore,
  config: T2ARecConfig,
  seeds: readonly number[],
): Promise<Ledger> {
  return { config, seeds, loaded: await loadData(config), runs: readRuns(store, config, seeds) };
}

/** The ledger of some models and variants, those runs that are not stored yet made here, one after the other. */
export async function makeLedger(
  config: T2ARecConfig,
  seeds: readonly number[],
  names: readonly string[],
  listener: RunsListener = {},
): Promise<Ledger> {
  const store = new RunStore();
  const configurations = names.map((name) => planned(config, name));
  await makeRunsInProcess(experiment, configurations, seeds, { ...listener, store });
  return readLedger(store, config, seeds);
}

/** How many runs a ledger of these models and variants has, with those that they build on. */
export function countRuns(config: T2ARecConfig, seeds: readonly number[], names: readonly string[]): number {
  return planRuns(
    experiment,
    names.map((name) => planned(config, name)),
    seeds,
  ).length;
}

/**
 * The setting of the test-time step with the best mean validation NDCG@10, among those that every seed has run; the test split has no
 * say. None where there is no choice.
 */
export function chosenStep(ledger: Ledger): string | undefined {
  const complete = STEP_SETTINGS.filter(({ name }) => ledger.runs(name).length === ledger.seeds.length);
  if (complete.length < 2) return undefined;
  const validation = (name: string) =>
    ledger.runs(name).reduce((sum, { metrics }) => sum + metrics["validation NDCG@10"], 0);
  return complete.sort((a, b) => validation(b.name) - validation(a.name))[0].name;
}
