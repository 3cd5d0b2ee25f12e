import type { ModelConfig } from "../../llm/model";
import type { RelevanceConfig } from "./config";
import { headSites, type Site, streamSites } from "./patching/site";
import type { PositionGroup } from "./prompts/positionGroups";

/** Which sites a run patches; they follow from its configuration and the size of its model alone. */
type Size = Pick<ModelConfig, "layers" | "heads">;

export const STREAM_HOOKS = ["resid_post", "attn_out", "mlp_out"] as const;
export const STREAM_GROUPS = [
  "doc_all",
  "query_all",
  "inst_all",
  "last",
] as const satisfies readonly PositionGroup[];

/** The layers of the stream that are patched: every so many, the last one among them. */
export function streamLayers({ layers }: Size, { layerStep }: Pick<RelevanceConfig, "layerStep">): number[] {
  const count = Math.ceil(layers / layerStep);
  return Array.from({ length: count }, (_, i) => layers - 1 - layerStep * (count - 1 - i));
}

/** Hook by hook, layer by layer, group by group. */
export function streamSitesOf(size: Size, config: Pick<RelevanceConfig, "layerStep">): Site[] {
  return streamSites(size as ModelConfig, {
    ...{ hooks: STREAM_HOOKS, groups: STREAM_GROUPS, layers: streamLayers(size, config) },
  });
}

/** Where heads are patched. */
export function headGroups({
  allGroups,
}: Pick<RelevanceConfig, "allGroups">): readonly (typeof STREAM_GROUPS)[number][] {
  return allGroups ? STREAM_GROUPS : ["query_all", "last"];
}

/** z of every head: layer by layer, head by head, group by group. */
export function headSitesOf(size: Size, config: Pick<RelevanceConfig, "allGroups">): Site[] {
  return headSites(size as ModelConfig, { hook: "z", groups: headGroups(config) });
}

/** Numbers of heads that are ablated together. */
export function sweptLists({ largestList }: Pick<RelevanceConfig, "largestList">): number[] {
  return [1, 2, 5, 10, 20, 40].filter((k) => k <= largestList);
}
