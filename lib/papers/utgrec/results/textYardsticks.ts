import { targetOf } from "../runs/training";
import type { World } from "../world/world";
import { DRAWN, TEXT_LENGTH } from "../world/worldText";

/** Cross-entropies of the words of the target's texts, nats a word, against which that of a decoder is read. */
export interface TextYardsticks {
  /** Of one who knows how often each word occurs, and nothing of the item. */
  readonly frequencies: number;
  /** Of one who knows what is planted in the item, its shop too. A decoder below it knows by heart which words the items have that it was trained on. */
  readonly concepts: number;
}

export function textYardsticks(world: World): TextYardsticks {
  const { text } = targetOf(world);
  const counts = new Map<number, number>();
  for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequencies = [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log(count / text.length),
    0,
  );
  const { coarse, sub, style, domain, noise } = world.lists;
  const words = { coarse: coarse[0], sub: sub[0], style: style[0], domain: domain[0], noise };
  // At a place whose order tells nothing a word of a list has the chance (drawn / T) / (words of the list).
  const concepts = Object.entries(DRAWN).reduce((sum, [kind, drawn]) => {
    const share = drawn / TEXT_LENGTH;
    return sum - share * Math.log(share / words[kind as keyof typeof words].length);
  }, 0);
  return { frequencies, concepts };
}
