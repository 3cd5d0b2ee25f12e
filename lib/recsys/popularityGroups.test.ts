import { describe, expect, it } from "vitest";
import { popularityGroups } from "./popularityGroups";
import type { SequentialDataset } from "./sequences";
import { splitTargets } from "./split";

/** Users by their items; the last is the test's target, the one before the validation's, the others are trained on. */
function sequences(...users: number[][]): SequentialDataset {
  const itemIds = Int32Array.from(users.flat());
  let end = 0;
  const offsets = Int32Array.from([0, ...users.map((items) => (end += items.length))]);
  const items = Math.max(...itemIds);
  return {
    ...{ users: users.length, items, offsets, itemIds, times: undefined },
    eventUsers: Int32Array.from(users.flatMap((events, user) => events.map(() => user))),
    rows: Int32Array.from(itemIds.keys()),
    userNames: users.map((_, user) => `u${user}`),
    itemNames: Array.from({ length: items + 1 }, (_, item) => (item === 0 ? "" : `i${item}`)),
  };
}

// In the training parts: item 1 five times, 2 twice, 3 once, 4 never, whatever the held-out events are.
const data = sequences([1, 1, 4, 1], [1, 2, 4, 2], [1, 2, 4, 3], [1, 3, 3, 4], [4, 1], [4, 2]);
const groupsOf = (count: number, source = data) =>
  popularityGroups(source, count).map(({ label, users }) => [label, [...users]]);

describe("groups by the popularity of the target", () => {
  it("count events of the training part alone, and go from rare targets to frequent ones", () => {
    expect([...splitTargets(data, "test")].map((event) => data.itemIds[event])).toEqual([1, 2, 3, 4, 1, 2]);
    expect(groupsOf(3)).toEqual([
      ["[0, 2)", [2, 3]],
      ["[2, 5)", [1, 5]],
      ["5 or more", [0, 4]],
    ]);
  });

  it("keep equally popular targets together, and leave no group empty", () => {
    const alike = sequences([1, 2, 3, 1], [1, 3, 2, 1], [1, 2, 3, 1], [1, 3, 2, 2]);
    expect(groupsOf(3, alike)).toEqual([
      ["[0, 4)", [3]],
      ["4 or more", [0, 1, 2]],
    ]);
    expect(groupsOf(1, alike)).toEqual([["0 or more", [0, 1, 2, 3]]]);
  });
});
