import type { RunsListener } from "../../experiment/inProcess";
import { type RunsByName, variantLedger } from "../../experiment/ledger";
import type { RunStore } from "../../experiment/store";
import type { OlymMathConfig } from "./config";
import { experiment } from "./experiment";
import type { AblationName } from "./variants";

/** The stored runs of the in-house model under one configuration. */
export interface Ledger {
  /** Before any variant's change. */
  readonly config: OlymMathConfig;
  readonly seeds: readonly number[];
  readonly runs: RunsByName;
}

const ledger = variantLedger(experiment);

export const { labelOf, count: countRuns, read: readRuns } = ledger;

/** The names of an ablation's variants. */
export function variantNames(ablation: AblationName): string[] {
  return ledger.variantNames(ablation);
}

/** What is stored under a configuration. */
export async function readLedger(
  store: RunStore,
  config: OlymMathConfig,
  seeds: readonly number[],
): Promise<Ledger> {
  return { config, seeds, runs: readRuns(store, config, seeds) };
}

/** The ledger of some variants, those runs that are not stored yet made here, one after the other. */
export async function makeLedger(
  store: RunStore,
  config: OlymMathConfig,
  seeds: readonly number[],
  names: readonly string[],
  listener: RunsListener = {},
): Promise<Ledger> {
  return { config, seeds, runs: await ledger.make(store, config, seeds, names, listener) };
}
