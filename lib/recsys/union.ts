import type { SequentialDataset } from "./sequences";

/** Several data sets as one. Users and items of the k-th come after those of the ones before. */
export interface DatasetUnion {
  readonly data: SequentialDataset;
  /** [data sets] what to add to an item id of each. */
  readonly firstItems: readonly number[];
  /** [data sets] what to add to a user's number of each. */
  readonly firstUsers: readonly number[];
}

/**
 * Data sets of different domains side by side: nobody and nothing is in two of them. `rows` still are those of each one's own log; times are there where
 * all have some.
 */
export function uniteDatasets(datasets: readonly SequentialDataset[]): DatasetUnion {
  const firstItems = starts(datasets.map(({ items }) => items));
  const firstUsers = starts(datasets.map(({ users }) => users));
  const firstEvents = starts(datasets.map(({ itemIds }) => itemIds.length));
  const count = datasets.length;
  return {
    data: {
      users: firstUsers[count],
      items: firstItems[count],
      offsets: Int32Array.from([
        0,
        ...datasets.flatMap(({ offsets }, k) =>
          Array.from(offsets.subarray(1), (end) => end + firstEvents[k]),
        ),
      ]),
      itemIds: joined(datasets.map(({ itemIds }, k) => itemIds.map((item) => item + firstItems[k]))),
      times: datasets.every(({ times }) => times !== undefined) ? joinedTimes(datasets) : undefined,
      eventUsers: joined(datasets.map(({ eventUsers }, k) => eventUsers.map((user) => user + firstUsers[k]))),
      rows: joined(datasets.map(({ rows }) => rows)),
      userNames: datasets.flatMap(({ userNames }) => userNames),
      itemNames: ["", ...datasets.flatMap(({ itemNames }) => itemNames.slice(1))],
    },
    firstItems: firstItems.slice(0, count),
    firstUsers: firstUsers.slice(0, count),
  };
}

/** Where each part begins, and where the last one ends. */
function starts(sizes: readonly number[]): number[] {
  const all = [0];
  for (const size of sizes) all.push(all[all.length - 1] + size);
  return all;
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  const first = starts(parts.map(({ length }) => length));
  parts.forEach((part, k) => {
    all.set(part, first[k]);
  });
  return all;
}

function joinedTimes(datasets: readonly SequentialDataset[]): Float64Array {
  return Float64Array.from(datasets.flatMap(({ times }) => [...(times ?? [])]));
}
