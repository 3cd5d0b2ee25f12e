import type { Random } from "../../../data/random";
import { cellOf, type ItemConcepts } from "./worldConcepts";
import type { WordLists } from "./worldWords";

/** Words of an item's text by where they come from: its coarse concept, its cell, its style, its domain, and none of these. */
export const DRAWN = { coarse: 3, sub: 3, style: 2, domain: 2, noise: 2 } as const;

/** Words of every text. */
export const TEXT_LENGTH = Object.values(DRAWN).reduce((sum, count) => sum + count, 0);

/**
 * A text an item: words of its concepts, of its domain and noise, each word once, in no order.
 * @param domain number of the domain
 * @returns [V, 12] ids of words; row i - 1 is that of item id i
 */
export function plantTexts(
  lists: WordLists,
  domain: number,
  concepts: ItemConcepts,
  random: Random,
): Int32Array {
  const { coarse, style } = concepts;
  const texts = new Int32Array(coarse.length * TEXT_LENGTH);
  const draw = (list: Int32Array, count: number) => random.shuffle(list.slice()).subarray(0, count);
  for (let item = 1; item <= coarse.length; item++) {
    const words = [
      ...draw(lists.coarse[coarse[item - 1]], DRAWN.coarse),
      ...draw(lists.sub[cellOf(concepts, item)], DRAWN.sub),
      ...draw(lists.style[style[item - 1]], DRAWN.style),
      ...draw(lists.domain[domain], DRAWN.domain),
      ...draw(lists.noise, DRAWN.noise),
    ];
    texts.set(random.shuffle(words), (item - 1) * TEXT_LENGTH);
  }
  return texts;
}

/**
 * A text as a reader would have it: first a title of maker, style and thing, then the other words.
 * @param text [12] ids of words, 0 for none
 */
export function readableText(
  { words, sub, style, domain }: WordLists,
  text: ArrayLike<number>,
): { readonly title: string; readonly rest: string } {
  // In the order of the lists, where a thing's own name comes first.
  const ids = Array.from(text)
    .filter((id) => id > 0)
    .sort((a, b) => a - b);
  const title = [domain, style, sub].flatMap((lists) =>
    ids.filter((id) => lists.some((list) => list.includes(id))).slice(0, 1),
  );
  const named = (chosen: readonly number[]) => chosen.map((id) => words[id]).join(" ");
  return { title: named(title), rest: named(ids.filter((id) => !title.includes(id))) };
}
