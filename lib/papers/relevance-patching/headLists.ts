import { mean } from "../../experiment/statistics";
import { type HeadEffect, rankHeads } from "./ablation/headLists";
import type { HeadModule } from "./ablation/modules";
import { documentMass } from "./analysis/attentionMass";
import type { RelevanceConfig } from "./config";
import { headSitesOf } from "./maps";
import type { Subject } from "./patching/subject";
import type { PromptPair } from "./prompts/pairs";

/** Heads in the order in which they are ablated. */
export interface HeadLists {
  /** Those with the greatest effect first. */
  readonly found: readonly HeadModule[];
  /** "weakest": effects nearest to 0 first; "attention": those that attend most from the last token to the document. */
  readonly others: Readonly<Record<"weakest" | "attention", readonly HeadModule[]>>;
}

/**
 * The lists of one run.
 * @param effects  IE_raw of the heads' sites, [sites × pairs]
 */
export function headLists(
  subject: Subject,
  discovery: readonly PromptPair[],
  config: RelevanceConfig,
  effects: ArrayLike<number>,
): HeadLists {
  const measured = headEffects(subject.model.config, config, effects, discovery.length);
  return {
    found: rankHeads(measured),
    others: {
      weakest: rankHeads(measured, "weakest"),
      attention: rankHeads(attentionEffects(subject, discovery)),
    },
  };
}

/** Mean effect of every head at every group, the sign turned where yes is the answer of documents that do not answer. */
export function headEffects(
  size: { readonly layers: number; readonly heads: number },
  config: Pick<RelevanceConfig, "allGroups" | "format">,
  effects: ArrayLike<number>,
  pairs: number,
): HeadEffect[] {
  const sign = config.format === "plain" ? 1 : -1;
  const values = Array.from(effects);
  return headSitesOf(size, config).map(({ layer, head, group }, site) => ({
    ...{ layer, head: head as number, group },
    effect: sign * mean(values.slice(site * pairs, (site + 1) * pairs)),
  }));
}

/** Attention of the last token to the documents, of both prompts, mean over the pairs. */
function attentionEffects(subject: Subject, pairs: readonly PromptPair[]): HeadEffect[] {
  const { layers, heads } = subject.model.config;
  const masses = pairs.map((pair) => documentMass(subject, pair, "last"));
  return Array.from({ length: layers * heads }, (_, index) => {
    const [layer, head] = [Math.floor(index / heads), index % heads];
    const effect = mean(
      masses.map(({ positive, negative }) => positive[layer][head] + negative[layer][head]),
    );
    return { layer, head, group: "last", effect };
  });
}
