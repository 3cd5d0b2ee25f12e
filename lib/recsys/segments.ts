import { requireTimes, type SequentialDataset } from "./sequences";

/**
 * Cuts cases into equal-count segments by the time of their target, earliest first; sizes differ by one at most, the earlier
 * segments taking what is left over. Equal times keep the order of the cases.
 *
 * @param cases  the events predicted, e.g. `splitTargets(dataset, "test")`
 * @returns positions in `cases`: disjoint, covering, ordered by target time
 * @throws Error where the data set has no timestamps, or fewer cases than segments
 * @see T2ARec, section 3.2 and figure 2
 */
export function timeSegments(dataset: SequentialDataset, cases: Int32Array, count = 4): Int32Array[] {
  if (!Number.isInteger(count) || count < 1 || count > cases.length) {
    throw new RangeError(`${cases.length} cases cannot be cut into ${count} segments.`);
  }
  const times = requireTimes(dataset);
  const order = Int32Array.from(cases, (_, position) => position);
  order.sort((a, b) => times[cases[a]] - times[cases[b]] || a - b);
  const base = Math.floor(cases.length / count);
  const larger = cases.length % count;
  let start = 0;
  return Array.from({ length: count }, (_, segment) => {
    const end = start + base + (segment < larger ? 1 : 0);
    const positions = order.slice(start, end);
    start = end;
    return positions;
  });
}

/** The mean of per-case values over each segment. */
export function segmentMeans(values: ArrayLike<number>, segments: readonly Int32Array[]): number[] {
  return segments.map(
    (positions) => positions.reduce((sum, position) => sum + values[position], 0) / positions.length,
  );
}
