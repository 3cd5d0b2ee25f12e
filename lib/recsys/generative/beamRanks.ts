import { groupByTuple } from "./itemCodes";
import type { TokenMap } from "./tokenMap";

/** The rank of a target that is not in the list: beyond every cut-off. */
export const MISSED = 2 ** 31 - 1;

/** Which items share an identifier. Index 0, padding, is 0 in all three. */
export interface SharedIdentifiers {
  /** [V + 1] the first item that has the item's identifier. */
  readonly first: Int32Array;
  /** [V + 1] how many items of the same identifier come before the item. */
  readonly place: Int32Array;
  /** [V + 1] how many items have the item's identifier. */
  readonly count: Int32Array;
}

export function sharedIdentifiers({ vocabulary, items, tokens }: TokenMap): SharedIdentifiers {
  const [first, place, count] = [0, 1, 2].map(() => new Int32Array(items + 1));
  const levels = vocabulary.widths.length;
  const tuples = { items, levels, codes: vocabulary.size, values: tokens.subarray(levels) };
  for (const group of groupByTuple(tuples).values()) {
    group.forEach((index, position) => {
      first[index + 1] = group[0] + 1;
      place[index + 1] = position;
      count[index + 1] = group.length;
    });
  }
  return { first, place, count };
}

/**
 * The target's rank in the list that beams make. A tuple stands for all items that have it, in the order of their ids, and each takes a place: an identifier
 * that ten items share is no better than ten identifiers in a row. A tuple of no item takes a place too, unless those are dropped.
 * @param beams   the item of each tuple, the first where several share it; 0 where there is none
 * @param target  an item
 * @returns 1 is best; `MISSED` where the target is not in the list
 */
export function rankInBeams(
  beams: ArrayLike<number>,
  target: number,
  { first, place, count }: SharedIdentifiers,
  dropInvalid: boolean,
): number {
  let before = 0;
  for (let beam = 0; beam < beams.length; beam++) {
    const item = beams[beam];
    if (item > 0 && item === first[target]) return before + place[target] + 1;
    if (item > 0) before += count[item];
    else if (!dropInvalid) before++;
  }
  return MISSED;
}
