import { groupByTuple, type ItemCodes } from "./itemCodes";

/** How many of the K codes some item has, for each level. @returns [H] */
export function usedCodes(codes: ItemCodes): number[] {
  return histograms(codes).map((counts) => counts.filter((count) => count > 0).length);
}

/** exp(-Σ_k p_k ln p_k), p_k the share of the items with code k: K where all codes are equally frequent, 1 where one has all. @returns [H] */
export function perplexity(codes: ItemCodes): number[] {
  return histograms(codes).map((counts) => {
    let entropy = 0;
    for (const count of counts) {
      const share = count / codes.items;
      if (share > 0) entropy -= share * Math.log(share);
    }
    return Math.exp(entropy);
  });
}

/** (items - different tuples) / items: the share of items that a tuple alone does not tell from an earlier one. */
export function collisionRate(codes: ItemCodes): number {
  return (codes.items - groupByTuple(codes).size) / codes.items;
}

export interface Churn {
  /** Share of items whose first code differs. */
  readonly first: number;
  /** Share of items of which some code differs. */
  readonly any: number;
}

/**
 * What changed from one tokenizer to another of the same items.
 * @throws Error where they have other items or levels
 * @see MTGRec, Table 5
 */
export function churn(before: ItemCodes, after: ItemCodes): Churn {
  const { items, levels } = before;
  if (after.items !== items || after.levels !== levels)
    throw new Error(
      `churn: ${items} items of ${levels} codes cannot be compared with ${after.items} of ${after.levels}.`,
    );
  let [first, any] = [0, 0];
  for (let item = 0; item < items; item++) {
    const differs = (level: number) =>
      before.values[item * levels + level] !== after.values[item * levels + level];
    if (differs(0)) first++;
    if (Array.from({ length: levels }, (_, level) => level).some(differs)) any++;
  }
  return { first: first / items, any: any / items };
}

/** Mean churn of all pairs of consecutive tokenizers that are `gap` places apart. @throws Error where there is no such pair */
export function churnAtGap(tokenizers: readonly ItemCodes[], gap: number): Churn {
  const pairs = tokenizers.slice(gap).map((after, k) => churn(tokenizers[k], after));
  if (gap < 1 || pairs.length === 0)
    throw new Error(`churnAtGap: of ${tokenizers.length} tokenizers no two are ${gap} apart.`);
  const mean = (of: (pair: Churn) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  return { first: mean(({ first }) => first), any: mean(({ any }) => any) };
}

/** Share of items with the same first code, mean over all pairs of tokenizers; about Σ p_k² where they have nothing in common. */
export function firstTokenAgreement(tokenizers: readonly ItemCodes[]): number {
  const pairs = tokenizers.flatMap((a, i) => tokenizers.slice(i + 1).map((b) => 1 - churn(a, b).first));
  if (pairs.length === 0) throw new Error("firstTokenAgreement needs two tokenizers or more.");
  return pairs.reduce((sum, share) => sum + share, 0) / pairs.length;
}

/** How many items have each code. @returns [H][K] */
function histograms({ items, levels, codes, values }: ItemCodes): Int32Array[] {
  const counts = Array.from({ length: levels }, () => new Int32Array(codes));
  for (let k = 0; k < items * levels; k++) counts[k % levels][values[k]]++;
  return counts;
}
