import type { StoredRun, Values } from "../../experiment/store";
import { type RelevanceConfig, relevanceConfig } from "./config";
import type { Ledger } from "./ledger";
import { headSitesOf, streamSitesOf, sweptLists } from "./maps";
import type { AblationModeName } from "./measures";
import type { Site } from "./patching/site";

const LISTS = ["found", "random", "weakest", "attention"] as const;

/** What a run is to have found, so that what follows from it can be computed by hand. */
export interface Findings {
  readonly config?: Partial<RelevanceConfig>;
  readonly seed?: number;
  /** Default: two layers of two heads. */
  readonly size?: { readonly layers: number; readonly heads: number };
  /** d of all pairs. */
  readonly clean: readonly number[];
  readonly corrupted: readonly number[];
  /** Indices of pairs. */
  readonly discovery: readonly number[];
  readonly test: readonly number[];
  /** IE_raw, logits; the pair is an index into `discovery`. Default: 0. */
  readonly stream?: (site: Site, pair: number) => number;
  readonly heads?: (site: Site, pair: number) => number;
  /** Distance of clean from corrupted of a test pair under an ablation. Default: 0. */
  readonly ablated?: (mode: AblationModeName, list: string, k: number, pair: number, draw: number) => number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** Further arrays, or others in the place of those. */
  readonly arrays?: Readonly<Record<string, Values>>;
}

/** A stored run of these findings. */
export function madeRun(findings: Findings): StoredRun {
  const { size = { layers: 2, heads: 2 }, seed = 1, clean, corrupted, discovery, test } = findings;
  const { stream = () => 0, heads = () => 0, ablated = () => 0 } = findings;
  const config = relevanceConfig("smoke", findings.config);
  const table = (sites: readonly Site[], effect: (site: Site, pair: number) => number) =>
    Float64Array.from(sites.flatMap((site) => discovery.map((_, pair) => effect(site, pair))));
  const ofTest = (values: readonly number[]) => Float64Array.from(test, (index) => values[index]);
  const arrays: Record<string, Values> = {
    ...{ clean: Float64Array.from(clean), corrupted: Float64Array.from(corrupted) },
    ...{ discovery: Int32Array.from(discovery), test: Int32Array.from(test) },
    ...{ "intact clean": ofTest(clean), "intact corrupted": ofTest(corrupted) },
    stream: table(streamSitesOf(size, config), stream),
    heads: table(headSitesOf(size, config), heads),
  };
  for (const mode of ["knockOut", "keepOnly"] as const)
    for (const list of LISTS) {
      const draws = list === "random" ? config.draws : 1;
      const gaps = sweptLists(config).flatMap((k) =>
        Array.from({ length: draws }, (_, draw) =>
          test.map((_, pair) => ablated(mode, list, k, pair, draw)),
        ).flat(),
      );
      // The corrupted prompts stay at −1, so that the gap is more than the clean prompts' d.
      arrays[`${mode} ${list} clean`] = Float64Array.from(gaps, (gap) => gap - 1);
      arrays[`${mode} ${list} corrupted`] = new Float64Array(gaps.length).fill(-1);
    }
  Object.assign(arrays, findings.arrays);
  return {
    ...{ id: "made", experiment: "relevance-patching", code: "made", folder: "", timings: {}, seed },
    config: config as unknown as StoredRun["config"],
    metrics: {
      ...{ "discovery pairs": discovery.length, "test pairs": test.length, ...size },
      ...findings.metrics,
    },
    provenance: { commit: "", date: "", machine: "", seconds: 0, peakBytes: 0 },
    array(name) {
      if (!(name in arrays)) throw new Error(`The made run has no array "${name}".`);
      return arrays[name];
    },
  };
}

/** A ledger of these runs, by the names of variants. */
export function ledgerOf(runs: Readonly<Record<string, readonly StoredRun[]>>, seeds = [1]): Ledger {
  return { config: relevanceConfig("smoke"), seeds, runs: (name) => runs[name] ?? [] };
}
