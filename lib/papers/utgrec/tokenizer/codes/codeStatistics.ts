import { bookRanges, type TreeCodesOptions } from "./treeCodes";

type Layout = Pick<TreeCodesOptions, "books" | "rootCodes" | "leafCodes" | "levels">;

export interface BookUse {
  /** Codes that some item has, at any position of the book. */
  readonly used: number;
  /** exp of the entropy of the book's codes, all its positions together. */
  readonly perplexity: number;
}

/**
 * How the books are used: the root first, then the leaf, or the flat books one by one.
 * @param codes [V, L], each counted from 0 in the book of its position
 */
export function bookUse(codes: Int32Array, layout: Layout): BookUse[] {
  const { levels } = layout;
  const items = codes.length / levels;
  return bookRanges(layout).map(({ codes: K, first, count }) => {
    const counts = new Int32Array(K);
    for (let item = 0; item < items; item++)
      for (let position = first; position < first + count; position++)
        counts[codes[item * levels + position]]++;
    return {
      used: counts.filter((n) => n > 0).length,
      perplexity: Math.exp(entropy(counts)),
    };
  });
}

/** The code of one position for every item. @param codes [V, L] @returns [V] */
export function codesAt(position: number, codes: Int32Array, levels: number): Int32Array {
  return Int32Array.from({ length: codes.length / levels }, (_, item) => codes[item * levels + position]);
}

/**
 * I(A; B) = H(A) + H(B) - H(A, B) in nats, of two labels of the same items: 0 where one tells nothing of the other, the entropy of B where A tells it. Of few
 * items it is above 0 by chance, by about (labels of A - 1)(labels of B - 1) / (2 items).
 * @throws Error where there is not one label of each an item
 */
export function mutualInformation(a: Int32Array, b: Int32Array): number {
  if (a.length !== b.length)
    throw new Error(`mutualInformation: ${a.length} labels cannot be paired with ${b.length}.`);
  const pairs = Array.from(a, (label, item) => `${label},${b[item]}`);
  return entropy(tally(a)) + entropy(tally(b)) - entropy(tally(pairs));
}

/** How often each label occurs. */
function tally(labels: Iterable<number | string>): number[] {
  const counts = new Map<number | string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()];
}

/** -Σ_k p_k ln p_k, p_k the share of the k-th count. */
function entropy(counts: Iterable<number>): number {
  const positive = [...counts].filter((count) => count > 0);
  const total = positive.reduce((sum, count) => sum + count, 0);
  return positive.reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
}
