import type { Random } from "../../../data/random";
import type { ModelConfig } from "../../../llm/model";
import type { PositionGroup } from "../prompts/positionGroups";
import type { HeadModule } from "./modules";

/** A head and what it was measured to do: mean IE_norm of its z, or its mass of attention, say. */
export interface HeadEffect extends HeadModule {
  readonly effect: number;
}

/** What comes first: the greatest effect, the least (heads that work against the answer), or the effect nearest to 0 (heads that do nothing). */
export type HeadOrder = "greatest" | "least" | "weakest";

const KEYS: Record<HeadOrder, (effect: number) => number> = {
  greatest: (effect) => -effect,
  least: (effect) => effect,
  weakest: Math.abs,
};

/** Heads in an order; the first k are the list of k. Ties keep their order. @throws RangeError naming a head whose effect is NaN */
export function rankHeads(effects: readonly HeadEffect[], order: HeadOrder = "greatest"): HeadEffect[] {
  for (const { layer, head, effect } of effects)
    if (Number.isNaN(effect)) throw new RangeError(`Head ${head} of layer ${layer} has the effect NaN.`);
  return [...effects].sort((a, b) => KEYS[order](a.effect) - KEYS[order](b.effect));
}

/** Heads of an effect above the threshold, the greatest first. @param threshold  default 0.02, of IE_norm in a model of 8 billion parameters */
export function headsAbove(effects: readonly HeadEffect[], threshold = 0.02): HeadEffect[] {
  return rankHeads(effects).filter(({ effect }) => effect > threshold);
}

/**
 * A list to compare with: in every layer and group as many heads as the given list has there, drawn without replacement from all heads of the layer. Those of the given
 * list may be among them.
 * @throws RangeError where a head is listed twice in a group, or not in the model
 */
export function layerMatchedRandom(
  list: readonly HeadModule[],
  { layers, heads }: Pick<ModelConfig, "layers" | "heads">,
  random: Random,
): HeadModule[] {
  const decks = new Map<string, number[]>();
  const seen = new Set<string>();
  return list.map(({ layer, head, group }): HeadModule => {
    if (!(layer >= 0 && layer < layers && head >= 0 && head < heads))
      throw new RangeError(`The model has no head ${head} of layer ${layer}.`);
    const name = `head ${head} of layer ${layer} at ${group}`;
    if (seen.has(name)) throw new RangeError(`The list has ${name} twice.`);
    seen.add(name);
    const deck = deckOf(decks, layer, group, heads, random);
    return { layer, head: deck.pop()!, group }; // no more are drawn than there are heads: none is listed twice
  });
}

/** All heads of a layer in a random order, anew for each group. */
function deckOf(
  decks: Map<string, number[]>,
  layer: number,
  group: PositionGroup,
  heads: number,
  random: Random,
): number[] {
  const key = `${layer} ${group}`;
  let deck = decks.get(key);
  if (deck === undefined) {
    deck = random.shuffle(Array.from({ length: heads }, (_, head) => head));
    decks.set(key, deck);
  }
  return deck;
}
