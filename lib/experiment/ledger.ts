import type { Experiment } from "./experiment";
import { makeRunsInProcess, type RunsListener } from "./inProcess";
import { type Planned, planRuns } from "./plan";
import type { RunStore, StoredRun } from "./store";
import { storedRuns } from "./stored";

/** Runs by the names of an experiment's variants, seed by seed; none where none are stored. */
export type RunsByName = (name: string) => readonly StoredRun[];

/** An experiment's variants by name, over all of its ablations, and their runs under one configuration. */
export interface VariantLedger<C> {
  /** The names of an ablation's variants. @throws where there is no such ablation */
  variantNames(ablation: string): string[];
  /** What a variant is called in tables. @throws where there is none of this name */
  labelOf(name: string): string;
  /** A variant's configuration. @throws where there is none of this name */
  planned(config: C, name: string): Planned<C>;
  /** What is stored. */
  read(store: RunStore, config: C, seeds: readonly number[]): RunsByName;
  /** The same, those runs of some variants that are not stored yet made here, one after the other. */
  make(
    store: RunStore,
    config: C,
    seeds: readonly number[],
    names: readonly string[],
    listener?: RunsListener,
  ): Promise<RunsByName>;
  /** How many runs some variants have, with those that they build on. */
  count(config: C, seeds: readonly number[], names: readonly string[]): number;
}

/** A name means the same in all ablations; of its labels the first counts. */
export function variantLedger<C>(experiment: Experiment<C>): VariantLedger<C> {
  const ablations = Object.values(experiment.ablations);
  const entries = new Map(
    ablations
      .flatMap(({ variants }) => variants)
      .reverse()
      .map((variant) => [variant.name, variant]),
  );

  function entry(name: string) {
    const found = entries.get(name);
    if (found === undefined)
      throw new Error(`There is no variant "${name}"; there are ${[...entries.keys()].join(", ")}.`);
    return found;
  }

  function planned(config: C, name: string): Planned<C> {
    const { label, change } = entry(name);
    return { label, config: { ...config, ...change } };
  }

  function read(store: RunStore, config: C, seeds: readonly number[]): RunsByName {
    const found = new Map<string, readonly StoredRun[]>();
    const lookUp = (name: string) => {
      const configuration = planned(config, name);
      return experiment.unable?.(configuration.config) === undefined
        ? storedRuns(store, experiment, configuration, seeds)
        : [];
    };
    return (name) => {
      const known = found.get(name) ?? lookUp(name);
      found.set(name, known);
      return known;
    };
  }

  return {
    variantNames(ablation) {
      const found = Object.hasOwn(experiment.ablations, ablation)
        ? experiment.ablations[ablation]
        : undefined;
      if (found === undefined)
        throw new Error(
          `${experiment.name} has no ablation "${ablation}"; there are ${Object.keys(experiment.ablations).join(", ")}.`,
        );
      return found.variants.map(({ name }) => name);
    },
    labelOf: (name) => entry(name).label,
    planned,
    read,
    async make(store, config, seeds, names, listener = {}) {
      const configurations = names.map((name) => planned(config, name));
      await makeRunsInProcess(experiment, configurations, seeds, { ...listener, store });
      return read(store, config, seeds);
    },
    count: (config, seeds, names) =>
      planRuns(
        experiment,
        names.map((name) => planned(config, name)),
        seeds,
      ).length,
  };
}
