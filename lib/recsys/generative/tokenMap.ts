import { collisionDigits } from "./collisions";
import { groupByTuple, type ItemCodes } from "./itemCodes";
import { type Vocabulary, vocabulary } from "./vocabulary";

/** The identifiers of all items by one tokenizer: D tokens each, digit by digit. */
export interface TokenMap {
  readonly vocabulary: Vocabulary;
  /** V: item ids are 1..V. */
  readonly items: number;
  /** [V + 1, D] token ids; row 0, padding, is all 0. */
  readonly tokens: Int32Array;
}

/**
 * What becomes of items with equal codes.
 * - `digit`: a last digit tells them apart; no two items have the same identifier.
 * - `shared`: they share their identifier, which then stands for the first of them (LETTER leaves such items).
 */
export type Collisions = "digit" | "shared";

/**
 * The vocabulary of identifiers of so many levels of K codes, and a digit for collisions where there is one.
 * @param collisionWidth values of that digit; default K
 */
export function identifierVocabulary(
  { levels, codes }: Pick<ItemCodes, "levels" | "codes">,
  collisions: Collisions = "digit",
  collisionWidth = codes,
): Vocabulary {
  const widths = new Array<number>(levels).fill(codes);
  return vocabulary(collisions === "digit" ? [...widths, collisionWidth] : widths);
}

/**
 * The tokens of codes. All tokenizers of a recommender share one vocabulary; only what they write with it differs.
 * @param codes of item id i in row i - 1
 * @throws Error where the codes do not fit the vocabulary, or more items collide than its last digit can tell apart
 * @see MTGRec, section 3.2 and its code: the digit is counted anew for each tokenizer, over all items
 */
export function tokenMap(codes: ItemCodes, shared: Vocabulary): TokenMap {
  const { items, levels, values } = codes;
  const { widths, offsets } = shared;
  const digits = widths.length;
  if (digits - levels < 0 || digits - levels > 1)
    throw new Error(`tokenMap: ${levels} levels do not fit digits of [${widths.join(", ")}] values.`);
  const beyond = values.findIndex((value, k) => value >= widths[k % levels]);
  if (beyond >= 0)
    throw new Error(
      `tokenMap: the codes do not fit digits of [${widths.join(", ")}] values: item ${Math.floor(beyond / levels) + 1} has ${values[beyond]} in digit ${(beyond % levels) + 1}.`,
    );
  const last = digits > levels ? collisionDigits(codes, widths[levels]) : undefined;
  const tokens = new Int32Array((items + 1) * digits);
  for (let item = 0; item < items; item++) {
    const row = (item + 1) * digits;
    for (let level = 0; level < levels; level++)
      tokens[row + level] = offsets[level] + values[item * levels + level];
    if (last !== undefined) tokens[row + levels] = offsets[levels] + last[item];
  }
  return { vocabulary: shared, items, tokens };
}

/**
 * One map of the items of several, those of the k-th after those of the ones before. Items of different maps may have the same identifier.
 * @throws Error where there is none, or their vocabularies differ
 */
export function uniteTokenMaps(maps: readonly TokenMap[]): TokenMap {
  if (maps.length === 0) throw new Error("uniteTokenMaps: there is no map.");
  const { vocabulary: shared } = maps[0];
  const different = maps.findIndex((map) => JSON.stringify(map.vocabulary) !== JSON.stringify(shared));
  if (different >= 0) throw new Error(`uniteTokenMaps: map ${different + 1} has another vocabulary.`);
  const digits = shared.widths.length;
  const items = maps.reduce((sum, map) => sum + map.items, 0);
  const tokens = new Int32Array((items + 1) * digits);
  let at = digits;
  for (const map of maps) {
    const own = map.tokens.subarray(digits, (map.items + 1) * digits); // without padding
    tokens.set(own, at);
    at += own.length;
  }
  return { vocabulary: shared, items, tokens };
}

/** The most items that have the same codes: what a collision digit must tell apart. */
export function largestCollision(codes: ItemCodes): number {
  return Math.max(...[...groupByTuple(codes).values()].map((group) => group.length));
}

/** The tokens of an item. @returns [D], a view */
export function identifier({ vocabulary: { widths }, tokens }: TokenMap, item: number): Int32Array {
  return tokens.subarray(item * widths.length, (item + 1) * widths.length);
}
