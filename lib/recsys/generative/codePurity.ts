import { groupByTuple, type ItemCodes, itemCodes } from "./itemCodes";

export interface CodePurity {
  /** [H] share of items that have the planted prefix of most items with the same prefix of codes, for prefixes of 1, 2, .. codes. */
  readonly prefix: number[];
  /** [H] the other way round: share of items that have the prefix of codes of most items with the same planted prefix. */
  readonly completeness: number[];
  /** [H] purity of each code by itself: as `prefix`, of one level's codes and the planted ones of that level alone. */
  readonly level: number[];
}

/**
 * How well codes recover planted ones, whatever their numbers. Prefixes cut the items into the same groups where both purity and completeness are 1; purity
 * alone is also 1 where every item has a prefix for itself.
 * @throws Error where the two have other items or levels
 */
export function codePurity(codes: ItemCodes, planted: ItemCodes): CodePurity {
  const { items, levels } = codes;
  if (planted.items !== items || planted.levels !== levels)
    throw new Error(
      `codePurity: ${items} items of ${levels} codes cannot be compared with ${planted.items} of ${planted.levels}.`,
    );
  const depths = Array.from({ length: levels }, (_, level) => level);
  const prefixes = depths.map((depth) => [digits(codes, 0, depth + 1), digits(planted, 0, depth + 1)]);
  return {
    prefix: prefixes.map(([found, truth]) => purity(found, truth)),
    completeness: prefixes.map(([found, truth]) => purity(truth, found)),
    level: depths.map((level) => purity(digits(codes, level, level + 1), digits(planted, level, level + 1))),
  };
}

/** The codes of levels `from` to `to` - 1. */
function digits({ items, levels, codes, values }: ItemCodes, from: number, to: number): ItemCodes {
  const width = to - from;
  const chosen = Int32Array.from(
    { length: items * width },
    (_, k) => values[Math.floor(k / width) * levels + from + (k % width)],
  );
  return itemCodes(chosen, width, codes);
}

/** Share of items that are with the largest class of their group. */
function purity(groups: ItemCodes, classes: ItemCodes): number {
  const classOf = new Int32Array(classes.items);
  [...groupByTuple(classes).values()].forEach((members, number) => {
    for (const item of members) classOf[item] = number;
  });
  let together = 0;
  for (const members of groupByTuple(groups).values()) {
    const counts = new Map<number, number>();
    for (const item of members) counts.set(classOf[item], (counts.get(classOf[item]) ?? 0) + 1);
    together += Math.max(...counts.values());
  }
  return together / groups.items;
}
