import { NO_MERGE, type PairRanks } from "./pairRanks";

/** The symbols of a piece: at first its bytes, at last its tokens. Only the first `count` of each array are in use. */
export interface Symbols {
  readonly ids: Int32Array;
  /** First byte of the piece that the symbol covers. */
  readonly starts: Int32Array;
  /** One past the last byte. */
  readonly ends: Int32Array;
  count: number;
}

export function createSymbols(capacity: number): Symbols {
  const column = () => new Int32Array(capacity);
  return { ids: column(), starts: column(), ends: column(), count: 0 };
}

/** Up to here, to look through all pairs for each merge is faster than to keep a heap of them. Measured. */
const MOST_SCANNED = 48;

/**
 * Merges adjacent symbols, in place: always the pair of the lowest rank, the leftmost of equals, until no pair is a merge. It is not the longest match
 * that is found, but what training did.
 * @see Sennrich et al. 2016, arXiv:1508.07909, 3.2
 */
export function mergeSymbols(symbols: Symbols, ranks: PairRanks): void {
  if (symbols.count <= MOST_SCANNED) mergeByScan(symbols, ranks);
  else mergeByHeap(symbols, ranks);
}

/** `mergeSymbols` in its plainest form: O(n²). */
export function mergeByScan(symbols: Symbols, { rank, merged }: PairRanks): void {
  const { ids, starts, ends } = symbols;
  const of = pairScratch(symbols.count); // ranks of (i, i + 1)
  for (let i = 0; i + 1 < symbols.count; i++) of[i] = rank(ids[i], ids[i + 1]);
  for (;;) {
    let best = NO_MERGE;
    let at = -1;
    for (let i = 0; i + 1 < symbols.count; i++) {
      if (of[i] < best) {
        best = of[i];
        at = i;
      }
    }
    if (at < 0) return;
    const last = symbols.count - 1;
    ids[at] = merged[best];
    ends[at] = ends[at + 1];
    for (let i = at + 1; i < last; i++) {
      ids[i] = ids[i + 1];
      starts[i] = starts[i + 1];
      ends[i] = ends[i + 1];
      of[i] = of[i + 1];
    }
    symbols.count = last;
    if (at > 0) of[at - 1] = rank(ids[at - 1], ids[at]);
    if (at + 1 < last) of[at] = rank(ids[at], ids[at + 1]);
  }
}

let scratch = new Int32Array(MOST_SCANNED);

function pairScratch(count: number): Int32Array {
  if (scratch.length < count) scratch = new Int32Array(count);
  return scratch;
}

/** A key of the heap is rank · 2³² + place, exact in a float64: the lowest rank comes first, of equals the leftmost. */
const RANK = 2 ** 32;

/** `mergeSymbols` with a heap of the pairs and a linked list of the symbols: O(n log n). */
export function mergeByHeap(symbols: Symbols, { rank, merged }: PairRanks): void {
  const { ids, starts, ends, count } = symbols;
  const of = new Int32Array(count).fill(NO_MERGE); // rank of the pair that begins at a symbol
  const next = Int32Array.from({ length: count }, (_, i) => i + 1); // count: none
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1); // -1: none
  const heap = minHeap(2 * count);

  function setPair(left: number): void {
    const right = next[left];
    of[left] = right < count ? rank(ids[left], ids[right]) : NO_MERGE;
    if (of[left] !== NO_MERGE) heap.push(of[left] * RANK + left);
  }

  for (let i = 0; i < count; i++) setPair(i);
  while (heap.size() > 0) {
    const key = heap.pop();
    const left = key % RANK;
    // A pair that has changed since it was pushed: one of its symbols was merged with another.
    if (of[left] !== (key - left) / RANK) continue;
    const right = next[left];
    ids[left] = merged[of[left]];
    ends[left] = ends[right];
    of[right] = NO_MERGE;
    next[left] = next[right];
    if (next[left] < count) previous[next[left]] = left;
    setPair(left);
    if (previous[left] >= 0) setPair(previous[left]);
  }
  let kept = 0;
  for (let i = 0; i < count; i = next[i], kept++) {
    ids[kept] = ids[i];
    starts[kept] = starts[i];
    ends[kept] = ends[i];
  }
  symbols.count = kept;
}

/** A binary heap of numbers, the least on top. @param capacity at first; it grows */
function minHeap(capacity: number) {
  let keys = new Float64Array(capacity);
  let size = 0;
  return {
    size: () => size,
    push(key: number): void {
      if (size === keys.length) {
        const wider = new Float64Array(2 * size);
        wider.set(keys);
        keys = wider;
      }
      let at = size++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (keys[parent] <= key) break;
        keys[at] = keys[parent];
        at = parent;
      }
      keys[at] = key;
    },
    pop(): number {
      const top = keys[0];
      const key = keys[--size];
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && keys[child + 1] < keys[child]) child++;
        if (keys[child] >= key) break;
        keys[at] = keys[child];
        at = child;
      }
      keys[at] = key;
      return top;
    },
  };
}
