import type { Encoding, Span } from "./tokenizer";

/**
 * The tokens that stand for a part of a text: all whose own part of the text intersects it. A word's token has the space before the word, so that the text of
 * the tokens contains the part, and may have a little more on either side.
 * @param span    in code units (UTF-16) of the text
 * @returns the half-open range of places in the sequence; empty, behind the tokens before it, where no token intersects
 * @throws RangeError where the span does not lie in [0, ∞) or ends before it starts
 * @see the papers' specification, 2A, ranges
 */
export function tokenRange({ starts, ends }: Pick<Encoding, "starts" | "ends">, { start, end }: Span): Span {
  if (!(start >= 0 && end >= start)) throw new RangeError(`[${start}, ${end}) is no part of a text.`);
  const first = lowerBound(ends, start + 1); // the first that ends behind the part's start
  const last = lowerBound(starts, end); // the first that starts at the part's end or later
  return { start: first, end: start === end ? first : Math.max(first, last) };
}

/** Place of the first value that is not less than the bound. @param values ascending */
function lowerBound(values: Int32Array, bound: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
