/** The items whose codes begin alike. */
export interface CodeNode {
  /** c_1, .., c_l: what they have in common. */
  readonly codes: readonly number[];
  /** Its first item's place in the order of the whole tree. */
  readonly first: number;
  /** Rows of the items, 0-based, in the order of the tree. */
  readonly items: readonly number[];
}

/**
 * The codes of items as a tree, level by level; every level has all items, in one order. Branches stand by the group that most of their items have, then by
 * size; items with the same codes by their group.
 * @param codes    [V, L]
 * @param groups   [V]
 * @param branches first codes that are kept, the most frequent ones. Default: all
 */
export function codeTree(
  codes: Int32Array,
  levels: number,
  groups: ArrayLike<number>,
  branches = Number.POSITIVE_INFINITY,
): CodeNode[][] {
  const rows = Array.from({ length: codes.length / levels }, (_, item) => item);
  const prefixOf = (item: number, length: number) =>
    codes.subarray(item * levels, item * levels + length).join();
  const frequent = [...grouped(rows, (item) => prefixOf(item, 1))]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, branches);
  const kept = frequent.flatMap(([, items]) => items);
  const branchesAt = Array.from({ length: levels }, (_, level) =>
    grouped(kept, (item) => prefixOf(item, level + 1)),
  );
  const ranks = branchesAt.map((nodes) => {
    const ordered = [...nodes]
      .map(([prefix, items]) => ({ prefix, size: items.length, group: mostFrequent(items, groups).value }))
      .sort((a, b) => a.group - b.group || b.size - a.size || (a.prefix < b.prefix ? -1 : 1));
    return new Map(ordered.map(({ prefix }, rank) => [prefix, rank]));
  });
  const rankAt = (item: number, level: number) => ranks[level].get(prefixOf(item, level + 1))!;
  kept.sort((a, b) => {
    const level = ranks.findIndex((_, depth) => rankAt(a, depth) !== rankAt(b, depth));
    return level < 0 ? groups[a] - groups[b] || a - b : rankAt(a, level) - rankAt(b, level);
  });
  return branchesAt.map((_, level) => {
    let first = 0;
    return [...grouped(kept, (item) => prefixOf(item, level + 1))].map(([prefix, items]) => {
      const node = { codes: prefix.split(",").map(Number), first, items };
      first += items.length;
      return node;
    });
  });
}

/** The value that most of the items have, the least of these where several have; and what share of them has it. */
export function mostFrequent(
  items: readonly number[],
  values: ArrayLike<number>,
): { readonly value: number; readonly share: number } {
  const [[value, members]] = [...grouped(items, (item) => values[item])].sort(
    ([a, x], [b, y]) => y.length - x.length || a - b,
  );
  return { value, share: members.length / items.length };
}

/** In order of first appearance. */
function grouped<K>(items: readonly number[], keyOf: (item: number) => K): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const item of items) {
    const members = groups.get(keyOf(item));
    if (members === undefined) groups.set(keyOf(item), [item]);
    else members.push(item);
  }
  return groups;
}
