import type { RunsListener } from "../../experiment/inProcess";
import { type RunsByName, variantLedger } from "../../experiment/ledger";
import type { RunStore } from "../../experiment/store";
import type { StreamRecConfig } from "./config";
import type { StreamData } from "./data";
import { experiment } from "./experiment";
import { loadData } from "./training";
import type { AblationName } from "./variants";

/** The stored runs of models and variants under one configuration. */
export interface Ledger {
  /** Before any variant's change. */
  readonly config: StreamRecConfig;
  readonly seeds: readonly number[];
  readonly loaded: StreamData;
  readonly runs: RunsByName;
}

const ledger = variantLedger(experiment);

export const { labelOf, count: countRuns, read: readRuns } = ledger;

/** The names of an ablation's variants. */
export function variantNames(ablation: AblationName): string[] {
  return ledger.variantNames(ablation);
}

/** What is stored under a configuration, with its data. */
export async function readLedger(
  store: RunStore,
  config: StreamRecConfig,
  seeds: readonly number[],
): Promise<Ledger> {
  return { config, seeds, loaded: await loadData(config), runs: readRuns(store, config, seeds) };
}

/** The ledger of some models and variants, those runs that are not stored yet made here, one after the other. */
export async function makeLedger(
  store: RunStore,
  config: StreamRecConfig,
  seeds: readonly number[],
  names: readonly string[],
  listener: RunsListener = {},
): Promise<Ledger> {
  const runs = await ledger.make(store, config, seeds, names, listener);
  return { config, seeds, loaded: await loadData(config), runs };
}
