import type { ModelConfig } from "../../../llm/model/config";
import type { HookName } from "../../../llm/model/hooks";
import type { Region } from "../../../llm/model/patch";
import type { PromptPair } from "../prompts/pairs";
import { type PositionGroup, positionsOf } from "../prompts/positionGroups";

/** An activation of one layer at a group of positions, that is patched as a whole. */
export interface Site {
  /** One of `SITE_HOOKS`. */
  readonly hook: HookName;
  readonly layer: number;
  /** Of scores and patterns, the positions of the queries. */
  readonly group: PositionGroup;
  /** A query head; absent: all. Of `k` and `v` it stands for the head of keys and values that it shares with its neighbours. */
  readonly head?: number;
  /** Of scores and patterns, the positions of the keys: with `group` a block of cells. Absent: all. */
  readonly sources?: PositionGroup;
}

/** The activations that can be patched, in the order of a layer's forward pass. */
export const SITE_HOOKS = [
  "resid_pre",
  "q",
  "k",
  "v",
  "attn_scores",
  "pattern",
  "z",
  "attn_out",
  "resid_mid",
  "mlp_out",
  "resid_post",
] as const satisfies readonly HookName[];

const HEADED: ReadonlySet<HookName> = new Set(["q", "k", "v", "attn_scores", "pattern", "z"]);
const KEYED: ReadonlySet<HookName> = new Set(["k", "v"]);
const SQUARE: ReadonlySet<HookName> = new Set(["attn_scores", "pattern"]);

/** A site in the prompts of one pair. */
export interface Place {
  readonly hook: HookName;
  readonly layer: number;
  readonly region: Region;
  /** p₀: nothing is patched before it. */
  readonly first: number;
  /** The layer that a patched run starts with: a patch behind the last layer leaves none to compute. */
  readonly entry: number;
}

/** How a site is called in messages and tables, as `z 3.2 last`, `attn_scores 3.2 last←doc_all`. */
export function siteName({ hook, layer, group, head, sources }: Site): string {
  const where = head === undefined ? `${layer}` : `${layer}.${head}`;
  return `${hook} ${where} ${group}${sources === undefined ? "" : `←${sources}`}`;
}

/**
 * Where a site lies in the prompts of a pair. Of two documents `doc_all` means both, as positions and as sources.
 * @returns undefined where the pair has no position of the group: patching it changes nothing
 * @throws RangeError naming what the model does not have, or what its hook cannot choose from
 */
export function placeOf(config: ModelConfig, site: Site, { clean, ranges }: PromptPair): Place | undefined {
  checkSite(config, site);
  const { hook, layer, group, head, sources } = site;
  const positions = positionsOf(group, clean.length, ranges);
  const keys = sources === undefined ? undefined : positionsOf(sources, clean.length, ranges);
  if (positions.length === 0 || keys?.length === 0) return undefined;
  const heads = head === undefined ? undefined : [KEYED.has(hook) ? keyHead(config, head) : head];
  return {
    hook,
    layer,
    region: { positions, heads, sources: keys },
    first: positions[0],
    entry: hook === "resid_post" ? layer + 1 : layer,
  };
}

/** The head of keys and values that a query head reads: floor(h / r), r = H / G. */
export function keyHead({ heads, kvHeads }: Pick<ModelConfig, "heads" | "kvHeads">, head: number): number {
  return Math.floor(head / (heads / kvHeads));
}

function checkSite(config: ModelConfig, site: Site): void {
  const { hook, layer, head, sources } = site;
  const fail = (why: string) => new RangeError(`The site ${siteName(site)}: ${why}.`);
  const known: readonly HookName[] = SITE_HOOKS;
  if (!known.includes(hook)) throw fail(`${hook} cannot be patched; what can is ${SITE_HOOKS.join(", ")}`);
  const within = (index: number, count: number) => Number.isInteger(index) && index >= 0 && index < count;
  if (!within(layer, config.layers)) throw fail(`layers go from 0 to ${config.layers - 1}`);
  if (head !== undefined && !HEADED.has(hook)) throw fail(`${hook} has no heads to choose from`);
  if (head !== undefined && !within(head, config.heads))
    throw fail(`query heads go from 0 to ${config.heads - 1}`);
  if (sources !== undefined && !SQUARE.has(hook)) throw fail("only scores and patterns have sources");
}

interface Layers {
  /** Default: all. */
  readonly layers?: readonly number[];
}

export interface StreamChoice extends Layers {
  readonly hooks: readonly HookName[];
  readonly groups: readonly PositionGroup[];
}

export interface HeadChoice extends Layers {
  readonly hook: HookName;
  readonly groups: readonly PositionGroup[];
}

/** Sites of the residual stream and of what is added to it: hook by hook, layer by layer, group by group. */
export function streamSites(
  config: ModelConfig,
  { hooks, layers = upTo(config.layers), groups }: StreamChoice,
): Site[] {
  return hooks.flatMap((hook) =>
    layers.flatMap((layer) => groups.map((group): Site => ({ hook, layer, group }))),
  );
}

/** Sites of single heads: layer by layer, head by head, group by group. */
export function headSites(
  config: ModelConfig,
  { hook, layers = upTo(config.layers), groups }: HeadChoice,
): Site[] {
  return layers.flatMap((layer) =>
    upTo(config.heads).flatMap((head) => groups.map((group): Site => ({ hook, layer, head, group }))),
  );
}

/** Queries' positions and keys' positions of a block of scores. */
export type ScoreBlock = readonly [destinations: PositionGroup, sources: PositionGroup];

/** The blocks that the paper's scripts sweep. */
export const SCORE_BLOCKS: readonly ScoreBlock[] = [
  ["last", "doc_all"],
  ["last", "query_all"],
  ["query_all", "doc_all"],
  ["last", "inst_all"],
  ["inst_all", "query_all"],
  ["inst_all", "doc_all"],
];

/** Blocks of each head's scores: layer by layer, head by head, block by block. */
export function scoreSites(
  config: ModelConfig,
  blocks: readonly ScoreBlock[] = SCORE_BLOCKS,
  { layers = upTo(config.layers) }: Layers = {},
): Site[] {
  return layers.flatMap((layer) =>
    upTo(config.heads).flatMap((head) =>
      blocks.map(([group, sources]): Site => ({ hook: "attn_scores", layer, head, group, sources })),
    ),
  );
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
