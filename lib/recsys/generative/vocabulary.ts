/**
 * The token ids of a generative recommender: 0 for padding and for the decoder's start, then the ranges of the digits of an identifier, one of its own
 * for each digit or one that several digits share, then one user token and the end of a sequence.
 * @see MTGRec, arXiv:2504.04400, whose 4 digits of 256 values make 1,027 ids
 */
export interface Vocabulary {
  /** [D] how many values each digit has. Their sum is not the number of ids where digits share a range. */
  readonly widths: readonly number[];
  /** [D] the token id of each digit's value 0; the same for digits that share a range. */
  readonly offsets: readonly number[];
  /** The token that stands for the user: every user has the same one. */
  readonly user: number;
  /** The end of a sequence. */
  readonly end: number;
  /** V: ids are 0..V - 1. */
  readonly size: number;
}

export interface VocabularyOptions {
  /**
   * [D] which range each digit writes in, numbered 0, 1, .. in the order of their ids: digits of the same range write a value with the same token.
   * Default: each has a range of its own.
   * @see UTGRec, arXiv:2504.04405, whose second and later digits are codes of one codebook
   */
  readonly ranges?: readonly number[];
}

/**
 * @param widths [D] values a digit, >= 1 each
 * @throws Error where a digit has no values, or digits of different widths are to share a range
 */
export function vocabulary(widths: readonly number[], { ranges }: VocabularyOptions = {}): Vocabulary {
  if (widths.length === 0 || widths.some((width) => !Number.isInteger(width) || width < 1))
    throw new Error(`vocabulary: digits need whole numbers of values >= 1; got [${widths.join(", ")}].`);
  if (ranges !== undefined && ranges.length !== widths.length)
    throw new Error(`vocabulary: ${widths.length} digits, but ranges of ${ranges.length}.`);
  const starts: number[] = []; // the first id of each range
  let next = 1;
  const offsets = widths.map((width, digit) => {
    const range = ranges?.[digit] ?? digit;
    const sharer = ranges === undefined ? digit : ranges.indexOf(range);
    if (sharer === digit) {
      if (range !== starts.length)
        throw new Error(
          `vocabulary: ranges are numbered 0, 1, .. as they come; got [${ranges?.join(", ")}].`,
        );
      starts.push(next);
      next += width;
    } else if (width !== widths[sharer])
      throw new Error(
        `vocabulary: digits ${sharer + 1} and ${digit + 1} share a range, but have ${widths[sharer]} and ${width} values.`,
      );
    return starts[range];
  });
  return { widths, offsets, user: next, end: next + 1, size: next + 2 };
}
