import type { ItemInfo } from "../../data/interactions";
import { type DenseMatrix, denseMatrix } from "./matrix";
import { tfidf } from "./tfidf";

export interface HashedContentOptions {
  /** Buckets that the words of the titles fall into. Default 64. */
  readonly buckets?: number;
  /** Length of the decade's part and of the title's part of a vector, where that of the attributes is 1. Default 1 each. */
  readonly decadeWeight?: number;
  readonly titleWeight?: number;
}

/**
 * A vector an item from its attributes (genres), the decade of its year, and the words of its title, hashed into buckets: three parts side by side, each TF-IDF
 * of length 1 times its weight, or zeros where nothing is known. It stands in for a sentence encoder's vector of the item's words where no language model is
 * at hand: words count as they are written, not by what they mean, and two words in one bucket are one.
 * @param items [V], that of item id i at i - 1
 * @returns [V, dimensions]; the parts have as many as there are attributes, decades, and buckets in use
 * @throws Error where no item has an attribute, a year or a title
 */
export function hashedContent(
  items: readonly Pick<ItemInfo, "title" | "year" | "attributes">[],
  { buckets = 64, decadeWeight = 1, titleWeight = 1 }: HashedContentOptions = {},
): DenseMatrix {
  if (!Number.isInteger(buckets) || buckets < 1)
    throw new RangeError(`hashedContent: buckets must be a whole number >= 1; got ${buckets}.`);
  const parts = [
    { weight: 1, documents: items.map(({ attributes }) => attributes) },
    {
      weight: decadeWeight,
      documents: items.map(({ year }) => (year === undefined ? [] : [`${Math.floor(year / 10)}0s`])),
    },
    {
      weight: titleWeight,
      documents: items.map(({ title }) => words(title ?? "").map((word) => `${hash(word) % buckets}`)),
    },
  ]
    .filter(({ documents }) => documents.some((document) => document.length > 0))
    .map(({ weight, documents }) => ({ weight, ...tfidf(documents) }));
  if (parts.length === 0) throw new Error("hashedContent: no item has an attribute, a year or a title.");

  const columns = parts.reduce((sum, { matrix }) => sum + matrix.columns, 0);
  const content = denseMatrix(items.length, columns, new Float32Array(items.length * columns));
  let first = 0;
  for (const { weight, matrix } of parts) {
    for (let row = 0; row < matrix.rows; row++) {
      for (let entry = matrix.offsets[row]; entry < matrix.offsets[row + 1]; entry++)
        content.values[row * columns + first + matrix.indices[entry]] = weight * matrix.values[entry];
    }
    first += matrix.columns;
  }
  return content;
}

/** Runs of two or more letters, digits or underscores, in lower case: the words of `textContent`. */
function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
}

/** FNV-1a, 32 bits, over the UTF-8 bytes. @see Fowler, Noll and Vo */
function hash(word: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) state = Math.imul(state ^ byte, 0x01000193);
  return state >>> 0;
}
