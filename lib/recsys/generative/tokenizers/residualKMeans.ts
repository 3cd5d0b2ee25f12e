import { tf } from "../../../tensor";
import { collisionRate } from "../codeStatistics";
import { groupByTuple, type ItemCodes, itemCodes } from "../itemCodes";
import { kmeans } from "../kmeans";
import type { DenseMatrix } from "../matrix";
import { identifierVocabulary, type TokenMap, tokenMap } from "../tokenMap";

/**
 * What one level clusters:
 * - `residual`: what is left of all items, in one table of K codes;
 * - `nested`: what is left of the items with one prefix, in K codes of their own. A code then means something only after its prefix.
 */
export type Nesting = "residual" | "nested";

export interface ResidualKMeansOptions {
  /** H */
  readonly levels: number;
  /** K, of each level. */
  readonly codes: number;
  readonly seed: number;
  /** Default "residual". */
  readonly nesting?: Nesting;
  /** Runs of k-means a table, of which the best counts. Default 10. */
  readonly restarts?: number;
}

export interface ResidualKMeans {
  readonly codes: ItemCodes;
  /** [H + 1] mean ‖r_h‖² before the first level and after each. */
  readonly errors: readonly number[];
}

/**
 * Codes without a network: each level is a k-means of what the ones before it have left,
 *
 *     c_h = argmin_k ‖r_h - v_hk‖²,   r_{h+1} = r_h - v_{h,c_h},   r_1 = z.
 *
 * It is the same greedy code as an RQ-VAE's, on the content itself in place of an encoder's output.
 * @param content z, [items, d]
 * @throws Error where there are fewer items than codes, unless nested
 * @see STREAM-Rec, section on the tokenizer; the paper trains an RQ-VAE there
 */
export function residualKMeans(
  { rows, columns, values }: DenseMatrix,
  { levels, codes: K, seed, nesting = "residual", restarts = 10 }: ResidualKMeansOptions,
): ResidualKMeans {
  if (!Number.isInteger(levels) || levels < 1)
    throw new RangeError(`residualKMeans: levels must be a whole number >= 1; got ${levels}.`);
  if (!Number.isInteger(K) || K < 2)
    throw new RangeError(`residualKMeans: codes must be a whole number >= 2; got ${K}.`);
  const residual = Float32Array.from(values);
  const chosen = new Int32Array(rows * levels);
  const errors = [meanSquare(residual, rows)];
  for (let level = 0; level < levels; level++) {
    for (const [table, members] of groups(chosen, rows, level, nesting).entries()) {
      const points = rowsOf(residual, columns, members);
      const { labels, centres } =
        nesting === "nested" && members.length <= K
          ? ownCentres(points, columns)
          : cluster(points, columns, { clusters: K, restarts, seed: seed + level + levels * table });
      members.forEach((item, k) => {
        chosen[item * levels + level] = labels[k];
        for (let column = 0; column < columns; column++)
          residual[item * columns + column] -= centres[labels[k] * columns + column];
      });
    }
    errors.push(meanSquare(residual, rows));
  }
  return { codes: itemCodes(chosen, levels, K), errors };
}

/**
 * Identifiers of which no two are equal: the codes alone where they are so already, else with a digit more for those that collide.
 * @throws Error where more items collide than the digit, of as many values as a code, can tell apart
 */
export function uniqueTokenMap(codes: ItemCodes): TokenMap {
  return tokenMap(codes, identifierVocabulary(codes, collisionRate(codes) > 0 ? "digit" : "shared"));
}

/** The items that each table of a level is for. */
function groups(chosen: Int32Array, items: number, level: number, nesting: Nesting): number[][] {
  const all = Array.from({ length: items }, (_, item) => item);
  if (nesting === "residual" || level === 0) return [all];
  const levels = chosen.length / items;
  const prefixes = Int32Array.from(
    { length: items * level },
    (_, k) => chosen[Math.floor(k / level) * levels + (k % level)],
  );
  const codes = prefixes.reduce((most, code) => Math.max(most, code), 0) + 1;
  return [...groupByTuple(itemCodes(prefixes, level, codes)).values()];
}

function rowsOf(values: Float32Array, columns: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * columns);
  rows.forEach((row, k) => {
    chosen.set(values.subarray(row * columns, (row + 1) * columns), k * columns);
  });
  return chosen;
}

interface Clusters {
  readonly labels: Int32Array;
  readonly centres: Float32Array;
}

function cluster(
  values: Float32Array,
  columns: number,
  options: { clusters: number; restarts: number; seed: number },
): Clusters {
  const points = tf.tensor2d(values, [values.length / columns, columns]);
  try {
    const { labels, centres } = kmeans(points, options);
    const copy = Float32Array.from(centres.dataSync());
    centres.dispose();
    return { labels, centres: copy };
  } finally {
    points.dispose();
  }
}

/** No more points than codes: each is its own centre, equal ones together. */
function ownCentres(points: Float32Array, columns: number): Clusters {
  const centreOf = new Map<string, number>();
  const centres: number[] = [];
  const labels = Int32Array.from({ length: points.length / columns }, (_, row) => {
    const point = points.subarray(row * columns, (row + 1) * columns);
    const known = centreOf.get(point.join());
    if (known !== undefined) return known;
    centres.push(...point);
    centreOf.set(point.join(), centreOf.size);
    return centreOf.size - 1;
  });
  return { labels, centres: Float32Array.from(centres) };
}

function meanSquare(values: Float32Array, rows: number): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / rows;
}
