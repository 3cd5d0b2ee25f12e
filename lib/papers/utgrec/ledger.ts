import type { RunsListener } from "../../experiment/inProcess";
import { type RunsByName, variantLedger } from "../../experiment/ledger";
import type { RunStore, StoredRun } from "../../experiment/store";
import { storedRuns } from "../../experiment/stored";
import type { UtgRecConfig } from "./config";
import { experiment } from "./experiment";
import { loadWorld } from "./runs/training";
import type { AblationName } from "./variants";
import type { World } from "./world/world";

/** The stored runs of models and variants under one configuration. */
export interface Ledger {
  /** Before any variant's change. */
  readonly config: UtgRecConfig;
  readonly seeds: readonly number[];
  readonly world: World;
  readonly runs: RunsByName;
  /** The tokenizers of the target that UTGRec or a variant of it builds on, seed by seed. */
  readonly tokenizers: RunsByName;
}

const ledger = variantLedger(experiment);

export const { labelOf, count: countRuns, read: readRuns } = ledger;

/** The names of an ablation's variants. */
export function variantNames(ablation: AblationName): string[] {
  return ledger.variantNames(ablation);
}

/** What is stored under a configuration, with its world. */
export async function readLedger(
  store: RunStore,
  config: UtgRecConfig,
  seeds: readonly number[],
): Promise<Ledger> {
  return ledgerOf(store, config, seeds, ledger.read(store, config, seeds));
}

/** The ledger of some models and variants, those runs that are not stored yet made here, one after the other. */
export async function makeLedger(
  store: RunStore,
  config: UtgRecConfig,
  seeds: readonly number[],
  names: readonly string[],
  listener: RunsListener = {},
): Promise<Ledger> {
  return ledgerOf(store, config, seeds, await ledger.make(store, config, seeds, names, listener));
}

function ledgerOf(store: RunStore, config: UtgRecConfig, seeds: readonly number[], runs: RunsByName): Ledger {
  return {
    ...{ config, seeds, runs },
    world: loadWorld(config),
    tokenizers(name): readonly StoredRun[] {
      const { label, config: changed } = ledger.planned(config, name);
      return storedRuns(store, experiment, { label, config: { ...changed, part: "tokenizer" } }, seeds);
    },
  };
}
