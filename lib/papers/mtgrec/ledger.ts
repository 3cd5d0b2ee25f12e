import type { RunsListener } from "../../experiment/inProcess";
import { type RunsByName, variantLedger } from "../../experiment/ledger";
import type { RunStore, StoredRun } from "../../experiment/store";
import { storedRuns } from "../../experiment/stored";
import type { LoadedCatalogue } from "../../recsys/generative/catalogues";
import type { MtgRecConfig, Tokenizer } from "./config";
import { experiment } from "./experiment";
import { loadData } from "./training";
import type { AblationName } from "./variants";

/** The stored runs of models and variants under one configuration. */
export interface Ledger {
  /** Before any variant's change. */
  readonly config: MtgRecConfig;
  readonly seeds: readonly number[];
  readonly catalogue: LoadedCatalogue;
  readonly runs: RunsByName;
  /** Of a tokenizer, seed by seed. */
  tokenizers(name: Tokenizer, restart?: number): readonly StoredRun[];
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
  config: MtgRecConfig,
  seeds: readonly number[],
): Promise<Ledger> {
  return ledgerOf(store, config, seeds, ledger.read(store, config, seeds));
}

/** The ledger of some models and variants, those runs that are not stored yet made here, one after the other. */
export async function makeLedger(
  store: RunStore,
  config: MtgRecConfig,
  seeds: readonly number[],
  names: readonly string[],
  listener: RunsListener = {},
): Promise<Ledger> {
  return ledgerOf(store, config, seeds, await ledger.make(store, config, seeds, names, listener));
}

async function ledgerOf(
  store: RunStore,
  config: MtgRecConfig,
  seeds: readonly number[],
  runs: RunsByName,
): Promise<Ledger> {
  return {
    config,
    seeds,
    catalogue: await loadData(config),
    runs,
    tokenizers: (model, restart = 0) =>
      storedRuns(
        store,
        experiment,
        { label: model, config: { ...config, model, part: "tokenizer", restart } },
        seeds,
      ),
  };
}
