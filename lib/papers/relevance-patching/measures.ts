import { mean } from "../../experiment/statistics";
import type { StoredRun, Values } from "../../experiment/store";
import type { StreamProfiles } from "./analysis/stageLayers";
import type { RelevanceConfig } from "./config";
import { headSitesOf, STREAM_GROUPS, STREAM_HOOKS, streamLayers } from "./maps";
import type { PositionGroup } from "./prompts/positionGroups";

export type StreamHook = (typeof STREAM_HOOKS)[number];
export type StreamGroup = (typeof STREAM_GROUPS)[number];

/** A stored run's configuration, with the fields that its study reads. */
export function configOf(run: StoredRun): RelevanceConfig {
  return run.config as unknown as RelevanceConfig;
}

/** Layers and heads of the model that a run has studied. */
export function sizeOf({ metrics }: StoredRun): { readonly layers: number; readonly heads: number } {
  return { layers: metrics.layers, heads: metrics.heads };
}

/** Whether a run had pairs to patch: a model may tell none apart. */
export function hasMaps(run: StoredRun): boolean {
  return run.metrics["discovery pairs"] > 0 && run.metrics["test pairs"] > 0;
}

/** d of the discovery pairs. */
export function discoveryPairs(run: StoredRun): {
  readonly clean: Float64Array;
  readonly corrupted: Float64Array;
} {
  const of = (name: string) => Float64Array.from(run.array("discovery"), (index) => run.array(name)[index]);
  return { clean: of("clean"), corrupted: of("corrupted") };
}

/** Units of a sample; absent: each once. */
export type Units = ArrayLike<number>;

/** d̄_clean − d̄_corrupted of the discovery pairs: what effects are divided by. */
export function discoveryGap(run: StoredRun, units?: Units): number {
  const { clean, corrupted } = discoveryPairs(run);
  return meanOf(clean, 0, clean.length, units) - meanOf(corrupted, 0, corrupted.length, units);
}

/** IE_norm of a hook's sites at a group, by layer; the mean over the pairs. */
export function profile(run: StoredRun, hook: StreamHook, group: StreamGroup, units?: Units): Float64Array {
  const pairs = run.array("discovery").length;
  const effects = run.array("stream");
  const gap = discoveryGap(run, units);
  const layers = streamLayers(sizeOf(run), configOf(run));
  const [hookAt, groupAt] = [STREAM_HOOKS.indexOf(hook), STREAM_GROUPS.indexOf(group)];
  return Float64Array.from(layers, (_, layer) => {
    const site = (hookAt * layers.length + layer) * STREAM_GROUPS.length + groupAt;
    return meanOf(effects, site * pairs, pairs, units) / gap;
  });
}

/** resid_post by groups. */
export function streamProfiles(run: StoredRun, units?: Units): StreamProfiles {
  const of = (group: StreamGroup) => profile(run, "resid_post", group, units);
  return {
    layers: streamLayers(sizeOf(run), configOf(run)),
    ...{ document: of("doc_all"), query: of("query_all"), instruction: of("inst_all"), last: of("last") },
  };
}

/**
 * Effects of all heads at a group, by layer and head: IE_norm where the gap allows it, else logits; the sign is turned where yes is the answer of documents that do not answer,
 * so that what helps the right answer is positive.
 */
export function headMap(run: StoredRun, group: PositionGroup, units?: Units): Float64Array {
  const pairs = run.array("discovery").length;
  const effects = run.array("heads");
  const sites = headSitesOf(sizeOf(run), configOf(run));
  const gap = discoveryGap(run, units);
  const scale = Math.abs(gap) < LEAST_GAP ? Math.sign(gap) || 1 : gap;
  return Float64Array.from(
    sites.flatMap((site, at) =>
      site.group === group ? [meanOf(effects, at * pairs, pairs, units) / scale] : [],
    ),
  );
}

/** A smaller distance of the means divides by noise, logits. */
export const LEAST_GAP = 0.5;

export type AblationModeName = "knockOut" | "keepOnly";

/** The gap of test pairs with some heads ablated, by number of heads; of random lists the mean over the draws. */
export function ablatedGaps(run: StoredRun, mode: AblationModeName, list: string, units?: Units): number[] {
  const pairs = run.array("test").length;
  const [clean, corrupted] = ["clean", "corrupted"].map((side) => run.array(`${mode} ${list} ${side}`));
  const parts = clean.length / pairs;
  const gaps = Array.from(
    { length: parts },
    (_, part) => meanOf(clean, part * pairs, pairs, units) - meanOf(corrupted, part * pairs, pairs, units),
  );
  if (list !== "random") return gaps;
  const { draws } = configOf(run);
  return Array.from({ length: parts / draws }, (_, k) => mean(gaps.slice(k * draws, (k + 1) * draws)));
}

/** The gap of test pairs of the intact model. */
export function intactGap(run: StoredRun, units?: Units): number {
  const of = (side: "clean" | "corrupted") => {
    const values = run.array(`intact ${side}`);
    return meanOf(values, 0, values.length, units);
  };
  return of("clean") - of("corrupted");
}

/** The same run, each array read from its file once: a bootstrap asks thousands of times. */
export function remembered(run: StoredRun): StoredRun {
  const arrays = new Map<string, Values>();
  const array = (name: string) => {
    const found = arrays.get(name) ?? run.array(name);
    arrays.set(name, found);
    return found;
  };
  return { ...run, array };
}

function meanOf(values: ArrayLike<number>, start: number, count: number, units?: Units): number {
  if (units === undefined) return mean(Array.from({ length: count }, (_, i) => values[start + i]));
  let sum = 0;
  for (let i = 0; i < units.length; i++) sum += values[start + units[i]];
  return sum / units.length;
}
