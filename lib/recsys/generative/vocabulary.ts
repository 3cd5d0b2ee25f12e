/**
 * The token ids of a generative recommender: 0 for padding and for the decoder's start, then a range of its own for each digit of an identifier,
 * then one user token and the end of a sequence.
 * @see MTGRec, arXiv:2504.04400, whose 4 digits of 256 values make 1,027 ids
 */
export interface Vocabulary {
  /** [D] how many values each digit has. */
  readonly widths: readonly number[];
  /** [D] the token id of each digit's value 0. */
  readonly offsets: readonly number[];
  /** The token that stands for the user: every user has the same one. */
  readonly user: number;
  /** The end of a sequence. */
  readonly end: number;
  /** V: ids are 0..V - 1. */
  readonly size: number;
}

/** @param widths [D] values a digit, >= 1 each */
export function vocabulary(widths: readonly number[]): Vocabulary {
  if (widths.length === 0 || widths.some((width) => !Number.isInteger(width) || width < 1))
    throw new Error(`vocabulary: digits need whole numbers of values >= 1; got [${widths.join(", ")}].`);
  const offsets: number[] = [];
  let next = 1;
  for (const width of widths) {
    offsets.push(next);
    next += width;
  }
  return { widths, offsets, user: next, end: next + 1, size: next + 2 };
}
