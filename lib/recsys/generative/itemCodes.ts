/** The codes of all items by one tokenizer: item i has `values[i H .. i H + H)`. */
export interface ItemCodes {
  readonly items: number;
  /** H */
  readonly levels: number;
  /** K, of each level; codes are 0..K - 1. Where levels have codebooks of different sizes, the largest. */
  readonly codes: number;
  /** [items, H] */
  readonly values: Int32Array;
}

/** @throws Error where a code is not in 0..K - 1, or their number is not items · H */
export function itemCodes(values: Int32Array, levels: number, codes: number): ItemCodes {
  if (values.length % levels !== 0)
    throw new Error(`itemCodes: ${values.length} values are no whole number of items of ${levels} codes.`);
  const wrong = values.findIndex((value) => value < 0 || value >= codes);
  if (wrong >= 0)
    throw new Error(
      `itemCodes: item ${Math.floor(wrong / levels)} has the code ${values[wrong]}, not one of 0 to ${codes - 1}.`,
    );
  return { items: values.length / levels, levels, codes, values };
}

/** The items of each tuple of codes, in ascending order; tuples in the order of their first item. */
export function groupByTuple({ items, levels, values }: ItemCodes): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let item = 0; item < items; item++) {
    const tuple = values.subarray(item * levels, (item + 1) * levels).join();
    const group = groups.get(tuple);
    if (group === undefined) groups.set(tuple, [item]);
    else group.push(item);
  }
  return groups;
}
