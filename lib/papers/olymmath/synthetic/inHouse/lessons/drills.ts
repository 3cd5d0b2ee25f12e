import type { Random } from "../../../../../data/random";
import type { Tokenizer } from "../../../../../llm/tokenizer";
import type { SynthItem } from "../../items";
import type { Example } from "../examples";

/** Derivations of a drill: together they are about as long as a problem with its solution. */
const DERIVATIONS = 3;

/**
 * Exercises in arithmetic: derivations of several problems one after the other, without the problems. A problem with its solution has three or four steps to
 * learn from, a drill of the same length has ten, and what they teach is the same in all languages.
 * @param items  whose derivations they are, drawn with replacement
 */
export function drills(
  tokenizer: Tokenizer,
  items: readonly SynthItem[],
  count: number,
  random: Random,
): Example[] {
  return Array.from({ length: count }, () => {
    const works = Array.from({ length: DERIVATIONS }, () => items[random.integer(items.length)].work);
    const tokens = Int32Array.from([...tokenizer.encode(`$${works.join(", ")}$`), tokenizer.eos!]);
    return { tokens, written: 1 };
  });
}
