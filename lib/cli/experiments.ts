import { nearestName } from "../data/nearest";
import { type Overrides, parseOverrides, resolveConfig } from "../experiment/configuration";
import type { Ablation, Experiment } from "../experiment/experiment";
import type { Planned } from "../experiment/plan";
import { CommandError } from "./errors";

/** Experiments by name; each is loaded when it is asked for. */
const EXPERIMENTS: Readonly<Record<string, () => { readonly experiment: Experiment<unknown> }>> = {
  baselines: () => require("../recsys/baselinesExperiment"),
  mtgrec: () => require("../papers/mtgrec/experiment"),
  olymmath: () => require("../papers/olymmath/experiment"),
  "relevance-patching": () => require("../papers/relevance-patching/experiment"),
  "stream-rec": () => require("../papers/stream-rec/experiment"),
  t2arec: () => require("../papers/t2arec/experiment"),
  utgrec: () => require("../papers/utgrec/experiment"),
};

/** The experiment of a name. @throws CommandError with the nearest name */
export function findExperiment(name: string): Experiment<unknown> {
  const found = Object.hasOwn(EXPERIMENTS, name) ? EXPERIMENTS[name] : undefined;
  if (found !== undefined) return found().experiment;
  throw noExperiment(name, experimentNames());
}

export function experimentNames(): string[] {
  return Object.keys(EXPERIMENTS);
}

/** That a name is no experiment's, with the nearest of those that are. */
export function noExperiment(name: string, known: readonly string[]): CommandError {
  const near = nearestName(name, known);
  return new CommandError(`there is no experiment "${name}"`, [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `there are: ${known.join(", ")}`,
  ]);
}

export function isExperiment(name: string): boolean {
  return Object.hasOwn(EXPERIMENTS, name);
}

/** The ablation of a name; without one, the only one there is. @throws CommandError with the nearest name */
export function findAblation<C>(
  experiment: Experiment<C>,
  name: string | undefined,
): [name: string, ablation: Ablation<C>] {
  const known = Object.keys(experiment.ablations);
  const wanted = name ?? (known.length === 1 ? known[0] : undefined);
  if (wanted === undefined)
    throw new CommandError(
      `say which ablation of ${experiment.name}`,
      known.map((each) => `${each}: ${experiment.ablations[each].title}`),
    );
  const found = Object.hasOwn(experiment.ablations, wanted) ? experiment.ablations[wanted] : undefined;
  if (found !== undefined) return [wanted, found];
  const near = nearestName(wanted, known);
  throw new CommandError(`${experiment.name} has no ablation "${wanted}"`, [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `there are: ${known.join(", ")}`,
  ]);
}

/** The configurations of an ablation's variants: each is one change to the preset with its settings. */
export function variantConfigs<C>(
  experiment: Experiment<C>,
  ablation: Ablation<C>,
  preset: string,
  settings: readonly string[],
): Planned<C>[] {
  const { name, configuration } = experiment;
  try {
    const overrides = parseOverrides(configuration.schema, settings);
    const compared = Object.keys(overrides).find((path) =>
      ablation.variants.some(({ change }) => Object.hasOwn(change, path)),
    );
    if (compared !== undefined)
      throw new Error(`"${ablation.title}" compares values of ${compared}: leave it out.`);
    return ablation.variants.map(({ label, change }) => ({
      label,
      config: resolveConfig(name, configuration, preset, { ...overrides, ...(change as Overrides) }),
    }));
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** `1,2,3`, or `1-5`. @throws CommandError where it is neither */
export function parseSeeds(text: string): number[] {
  const range = /^(\d+)-(\d+)$/.exec(text.trim());
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (from <= to) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }
  const seeds = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (seeds.some(Number.isNaN))
    throw new CommandError(`"${text}" is no list of seeds`, ["write --seeds 1,2,3 or --seeds 1-3"]);
  return [...new Set(seeds)];
}

const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `4G`, `800M`: bytes. @throws CommandError where it is no size */
export function parseMemory(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([KMG])(?:i?B)?$/i.exec(text.trim());
  if (found === null)
    throw new CommandError(`"${text}" is no amount of memory`, ["write --memory 4G or --memory 800M"]);
  return Number(found[1]) * UNITS[found[2].toLowerCase()];
}

/** A whole number of at least 1. @throws CommandError */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d*$/.test(text.trim()))
    throw new CommandError(`"${text}" is no number of jobs`, ["write --jobs 2"]);
  return Number(text);
}
