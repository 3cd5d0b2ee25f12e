import type { Random } from "../../../data/random";
import type { SequentialDataset } from "../../../recsys/sequences";
import { splitTargets } from "../../../recsys/split";

/** [V + 1] of each item id its neighbours, each once, ascending; none of 0, padding. */
export type CoOccurrences = readonly Int32Array[];

/**
 * N(i) of each item: the items that come directly before or after it in some user's training part. Validation and test events tell nothing here.
 * @see UTGRec, arXiv:2504.04405, and the pairs of its code
 */
export function coOccurrences(data: SequentialDataset): CoOccurrences {
  const neighbours = Array.from({ length: data.items + 1 }, () => new Set<number>());
  for (const event of splitTargets(data, "train")) {
    const [before, after] = [data.itemIds[event - 1], data.itemIds[event]];
    neighbours[before].add(after);
    neighbours[after].add(before);
  }
  return neighbours.map((set) => Int32Array.from(set).sort());
}

/**
 * A partner i⁺ for each item, drawn anew on each visit: each of its neighbours is as likely, however often they met. An item without neighbours is its own.
 * @param items item ids
 */
export function partners(neighbours: CoOccurrences, items: Int32Array, random: Random): Int32Array {
  return items.map((item) => {
    const own = neighbours[item];
    return own.length === 0 ? item : own[random.integer(own.length)];
  });
}
