import { itemCounts } from "./popularity";
import type { SequentialDataset } from "./sequences";
import { splitTargets } from "./split";

/** Test users whose target has so many events in the training part of the data. */
export interface PopularityGroup {
  /** "[0, 20)" */
  readonly label: string;
  /** Positions among the test cases. */
  readonly users: Int32Array;
}

/**
 * Test users by the popularity of their targets: groups of about the same size, from rare targets to frequent ones. Targets that are equally
 * popular stay together.
 * @param count groups at most; there are fewer where few popularities occur
 * @see MTGRec, figure 5, of whose edges only the first, 20, is printed
 */
export function popularityGroups(data: SequentialDataset, count: number): PopularityGroup[] {
  const popularity = itemCounts(data);
  const targets = splitTargets(data, "test");
  const ofUser = Int32Array.from(targets, (event) => popularity[data.itemIds[event]]);
  const sorted = ofUser.slice().sort();
  const edges = Array.from(
    { length: count - 1 },
    (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / count)],
  );
  const bounds = [...new Set([0, ...edges])].sort((a, b) => a - b);
  return bounds
    .map((from, k) => {
      const to = bounds[k + 1] ?? Number.POSITIVE_INFINITY;
      const users = Int32Array.from(targets.keys()).filter(
        (user) => ofUser[user] >= from && ofUser[user] < to,
      );
      return { label: Number.isFinite(to) ? `[${from}, ${to})` : `${from} or more`, users };
    })
    .filter(({ users }) => users.length > 0);
}
