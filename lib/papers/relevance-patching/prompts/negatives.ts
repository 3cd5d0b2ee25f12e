import { createRandom } from "../../../data/random";
import type { RelevanceRow } from "../../../data/relevanceRows";

/** A query with one document that answers it and one that does not. */
export interface RelevanceTriple {
  readonly query: string;
  readonly positive: string;
  readonly negative: string;
  /** What is asked of the model. Default: that of `INSTRUCTIONS`. */
  readonly instruction?: string;
}

export interface NegativeOptions {
  /** Default 42, as in the paper's repository. */
  readonly seed?: number;
  /** Default "hard", the only kind that the paper's scripts use. */
  readonly kind?: "hard" | "random";
}

/**
 * One negative of each row, drawn by the seed. A row's draw depends on its place and on nothing else: the first rows have the same whatever follows.
 * The repository draws with Python's generator, so that its choice under the same seed is another.
 * @throws RangeError naming the row that has no negative of the kind
 */
export function chooseNegatives(
  rows: readonly RelevanceRow[],
  { seed = 42, kind = "hard" }: NegativeOptions = {},
): RelevanceTriple[] {
  return rows.map(({ query, positive, hardNegatives, randomNegatives }, i) => {
    const negatives = kind === "hard" ? hardNegatives : randomNegatives;
    if (negatives.length === 0)
      throw new RangeError(`Row ${i + 1} (${JSON.stringify(query)}) has no ${kind} negatives.`);
    return { query, positive, negative: negatives[createRandom(seed, i).integer(negatives.length)] };
  });
}
