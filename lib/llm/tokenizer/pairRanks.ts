/** Of a pair that is no merge. */
export const NO_MERGE = 0x7fffffff;

/** The merges of a BPE vocabulary, looked up by the pair of ids that they join. */
export interface PairRanks {
  /** Place of the pair in the list of merges, the first being 0; `NO_MERGE` where it is not in it. */
  rank(left: number, right: number): number;
  /** The id that each merge makes, by rank. */
  readonly merged: Int32Array;
}

const MULTIPLIERS = [0x9e3779b1, 0x85ebca6b] as const;

/**
 * An open hash table with linear probing in typed arrays, at most half full: a look-up makes no object and no number outside of 31 bits, as a `Map` by a
 * joint key would.
 * @param lefts   ids, by rank
 * @param rights  ids, by rank
 * @param merged  ids, by rank
 */
export function pairRanks(lefts: Int32Array, rights: Int32Array, merged: Int32Array): PairRanks {
  const bits = Math.max(4, Math.ceil(Math.log2(2 * lefts.length + 1)));
  const mask = 2 ** bits - 1;
  /** Three numbers an entry, so that they lie together: left, right, rank + 1; 0 where it is empty. */
  const table = new Int32Array(3 * (mask + 1));

  /** Where the pair is, or where it would go. */
  function find(left: number, right: number): number {
    const hash = Math.imul(left, MULTIPLIERS[0]) ^ Math.imul(right, MULTIPLIERS[1]);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const entry = 3 * slot;
      if (table[entry + 2] === 0 || (table[entry] === left && table[entry + 1] === right)) return entry;
      slot = (slot + 1) & mask;
    }
  }

  for (let rank = 0; rank < lefts.length; rank++) {
    const entry = find(lefts[rank], rights[rank]);
    if (table[entry + 2] !== 0) continue; // the pair has a lower rank already
    table[entry] = lefts[rank];
    table[entry + 1] = rights[rank];
    table[entry + 2] = rank + 1;
  }
  return {
    rank(left, right) {
      const rank = table[find(left, right) + 2];
      return rank === 0 ? NO_MERGE : rank - 1;
    },
    merged,
  };
}
