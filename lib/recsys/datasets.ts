import { type FetchOptions, fetchDataset } from "../data/fetch";
import type { ItemInfo } from "../data/interactions";
import { findManifest, interactionLogNames, unknownDataset } from "../data/manifest";
import { readDataset } from "../data/read";
import {
  type InterestShiftParameters,
  type InterestShiftSimulation,
  SIMULATORS,
  simulateInterestShifts,
} from "../data/simulators";
import { requireDataset } from "../data/store";
import { type FilterOptions, filterInteractions } from "./filter";
import { buildSequences, type SequentialDataset } from "./sequences";

export interface LoadOptions extends FilterOptions, FetchOptions {
  /** Download the data set where it is absent. Default true. */
  download?: boolean;
  /** Parameters of a simulator. */
  simulator?: Partial<InterestShiftParameters>;
}

export interface DatasetMeta {
  name: string;
  title: string;
  /** The folder its files were read from, or how it was made. */
  source: string;
  licence: string;
  citation: string;
}

export interface LoadedDataset {
  data: SequentialDataset;
  meta: DatasetMeta;
  /** Titles, years and attributes by item name; empty where nothing is known. */
  items: Map<string, ItemInfo>;
  /** The planted truth, for a simulator. */
  simulation: InterestShiftSimulation | undefined;
  /** What is not as it should be in the files, but could be passed over. */
  warnings: string[];
}

/** Every name that `loadDataset` knows. */
export function datasetNames(): string[] {
  return [...interactionLogNames(), ...SIMULATORS.map(({ name }) => name)];
}

/**
 * Whether the events of a data set have times, and not only an order. Reads no data.
 * @throws DataError on an unknown name, with the nearest known one
 */
export function datasetHasTimes(name: string): boolean {
  if (SIMULATORS.some((simulator) => simulator.name === name)) return true;
  if (!interactionLogNames().includes(name)) throw unknownDataset(name, datasetNames());
  return findManifest(name).timestamps;
}

/**
 * A data set by name, through the sequential protocol: rating filter, k-core, time order (the log's own, where it has no
 * timestamps). Simulators are taken whole: no filter, and
 * every item of their vocabulary has an id.
 * @throws DataError on an unknown name (with the nearest known one), and on missing or damaged files
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<LoadedDataset> {
  const simulator = SIMULATORS.find((candidate) => candidate.name === name);
  if (simulator !== undefined) return simulate(simulator, options.simulator);
  if (!interactionLogNames().includes(name)) throw unknownDataset(name, datasetNames());

  const manifest = findManifest(name);
  const { download = true, folders } = options;
  const located = download ? await fetchDataset(manifest, options) : await requireDataset(manifest, folders);
  let rows: Int32Array = new Int32Array(0);
  const { interactions, items, warnings } = await readDataset(located, (log) => {
    rows = filterInteractions(log, options);
    const names = new Set<string>();
    for (const row of rows) names.add(log.itemNames[log.items[row]]);
    return names;
  });
  for (const warning of warnings) options.onNotice?.(warning);
  return {
    data: buildSequences(interactions, rows),
    meta: {
      name,
      title: manifest.title,
      source: located.folder,
      licence: manifest.licence.name,
      citation: manifest.citation,
    },
    items,
    simulation: undefined,
    warnings,
  };
}

function simulate(
  { name, title, itemGaps }: (typeof SIMULATORS)[number],
  parameters: Partial<InterestShiftParameters> = {},
): LoadedDataset {
  const simulation = simulateInterestShifts({ ...parameters, itemGaps });
  const { log } = simulation;
  const rows = Int32Array.from(log.users, (_, row) => row);
  return {
    data: buildSequences(log, rows, { wholeVocabulary: true }),
    meta: {
      name,
      title,
      source: `simulated, seed ${simulation.parameters.seed}`,
      licence: "none needed",
      citation: "Reprise, planted interest shifts (lib/data/simulators)",
    },
    items: new Map(),
    simulation,
    warnings: [],
  };
}
