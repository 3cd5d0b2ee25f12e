/** How T5 sorts the distance from a query to a key into buckets; each has one bias a head. */
export interface BucketOptions {
  /** Whether keys after the query have buckets of their own; where they do not, they share the bucket of distance 0. */
  readonly bidirectional: boolean;
  /** Default 32. */
  readonly buckets?: number;
  /** From this distance on all share the last bucket. Default 128. */
  readonly maxDistance?: number;
}

/**
 * The bucket of a relative position. With n buckets on a side (half of all where both sides have theirs, and later keys are in the upper half) and
 * e = n / 2, a distance below e has its own bucket; a longer one is in
 *
 *     min(n - 1, e + ⌊(n - e) ln(distance / e) / ln(maxDistance / e)⌋).
 *
 * In whole numbers: a logarithm in floating point can slip below the bound at a power of two.
 *
 * @param relative  position of the key minus that of the query
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1
 */
export function relativeBucket(
  relative: number,
  { bidirectional, buckets = 32, maxDistance = 128 }: BucketOptions,
): number {
  const side = bidirectional ? buckets / 2 : buckets;
  const exact = side / 2;
  if (!Number.isInteger(exact) || exact < 1 || maxDistance <= exact)
    throw new Error(
      `relativeBucket: ${buckets} buckets do not split into exact and logarithmic ones up to distance ${maxDistance}: take a multiple of ${bidirectional ? 4 : 2}.`,
    );
  const first = bidirectional && relative > 0 ? side : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  if (distance < exact) return first + distance;
  let steps = 0;
  while (steps < side - exact - 1 && reaches(distance, steps + 1, { exact, maxDistance, side })) steps++;
  return first + exact + steps;
}

/** Whether (distance / e)^(n - e) ≥ (maxDistance / e)^step, multiplied out: the distance is at or above the lower end of that logarithmic bucket. */
function reaches(
  distance: number,
  step: number,
  { exact, maxDistance, side }: { exact: number; maxDistance: number; side: number },
): boolean {
  const [e, width, j] = [BigInt(exact), BigInt(side - exact), BigInt(step)];
  return BigInt(distance) ** width * e ** j >= BigInt(maxDistance) ** j * e ** width;
}

/**
 * The buckets of all pairs of positions.
 * @returns [queries, keys], row by row
 */
export function relativeBucketTable(queries: number, keys: number, options: BucketOptions): Int32Array {
  // Pairs on one diagonal share their relative position: element i is that of key - query = i - (queries - 1).
  const diagonals = Array.from({ length: queries + keys - 1 }, (_, i) =>
    relativeBucket(i - (queries - 1), options),
  );
  return Int32Array.from({ length: queries * keys }, (_, pair) => {
    const query = Math.floor(pair / keys);
    return diagonals[(pair % keys) - query + queries - 1];
  });
}
