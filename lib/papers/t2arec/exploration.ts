import { spearman } from "../../experiment/statistics";
import { requireTimes, type SequentialDataset } from "../../recsys";

const SECONDS_A_DAY = 86_400;

/** Size of a data set, as the notebook's first table shows it. */
export function describeDataset(data: SequentialDataset) {
  const { users, items, offsets } = data;
  const times = requireTimes(data);
  const interactions = offsets[users];
  const days =
    (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))) / SECONDS_A_DAY;
  return {
    users,
    items,
    interactions,
    "interactions a user": interactions / users,
    "share of the matrix": interactions / (users * items),
    "days from first to last": days,
  };
}

/** Gaps between consecutive interactions of a user, in days, one row each; ties (a gap of 0) are counted apart. */
export function userGaps(data: SequentialDataset): { rows: { days: number }[]; ties: number } {
  const rows: { days: number }[] = [];
  let ties = 0;
  const times = requireTimes(data);
  for (let event = 1; event < times.length; event++) {
    if (data.eventUsers[event] !== data.eventUsers[event - 1]) continue;
    const days = (times[event] - times[event - 1]) / SECONDS_A_DAY;
    if (days > 0) rows.push({ days });
    else ties++;
  }
  return { rows, ties };
}

/**
 * How the popularity of items drifts: all interactions in the order of time, cut into slices of equal count, and the rank correlation of the item
 * counts of each slice with those of the first.
 * @returns a row a slice, with the day of its middle
 */
export function popularityDrift(
  data: SequentialDataset,
  slices = 10,
): { slice: number; day: number; correlation: number }[] {
  const times = requireTimes(data);
  const order = Int32Array.from(times, (_, event) => event).sort((a, b) => times[a] - times[b] || a - b);
  const size = Math.floor(order.length / slices);
  const countsOf = (slice: number) => {
    const counts = new Float64Array(data.items);
    for (const event of order.subarray(slice * size, (slice + 1) * size)) counts[data.itemIds[event] - 1]++;
    return counts;
  };
  const first = countsOf(0);
  return Array.from({ length: slices }, (_, slice) => ({
    slice: slice + 1,
    day: (times[order[slice * size + (size >> 1)]] - times[order[0]]) / SECONDS_A_DAY,
    correlation: spearman(first, countsOf(slice)),
  }));
}
