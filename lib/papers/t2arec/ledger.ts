import type { RunsListener } from "../../experiment/inProcess";
import { type RunsByName, variantLedger } from "../../experiment/ledger";
import { RunStore } from "../../experiment/store";
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
  readonly runs: RunsByName;
}

const ledger = variantLedger(experiment);

export const { labelOf, read: readRuns, count: countRuns } = ledger;

/** The names of an ablation's variants. */
export function variantNames(ablation: keyof typeof experiment.ablations): string[] {
  return ledger.variantNames(ablation);
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
  const runs = await ledger.make(new RunStore(), config, seeds, names, listener);
  return { config, seeds, loaded: await loadData(config), runs };
}

/**
 * The setting of the test-time step with the best mean validation NDCG@10, among those that every seed has run; the test split has no
 * say. None where there is no choice.
 */
export function chosenStep({ runs, seeds }: Ledger): string | undefined {
  const complete = STEP_SETTINGS.filter(({ name }) => runs(name).length === seeds.length);
  if (complete.length < 2) return undefined;
  const validation = (name: string) =>
    runs(name).reduce((sum, { metrics }) => sum + metrics["validation NDCG@10"], 0);
  return complete.sort((a, b) => validation(b.name) - validation(a.name))[0].name;
}
