import { describe, expect, it } from "vitest";
import { type Interactions, interactionsBuilder } from "../data/interactions";
import { filterInteractions, kCore } from "./filter";

type Event = [user: string, item: string, rating: number, time: number];

function log(events: Event[]): Interactions {
  const builder = interactionsBuilder();
  for (const event of events) builder.add(...event);
  return builder.build();
}

const all = (source: Interactions) => Int32Array.from(source.users, (_, row) => row);

describe("filterInteractions", () => {
  it("drops low ratings before it counts", () => {
    const events: Event[] = [];
    for (const user of ["a", "b", "c"]) for (const item of ["x", "y", "z"]) events.push([user, item, 3, 0]);
    for (const item of ["x", "y", "z"]) events.push(["low", item, 2, 0]);
    const rows = filterInteractions(log(events), { minRating: 3, core: 3 });
    expect([...rows]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(filterInteractions(log(events), { minRating: 1, core: 3 })).toHaveLength(12);
  });

  it("keeps events without a rating", () => {
    const events: Event[] = [];
    for (const user of ["a", "b", "c"])
      for (const item of ["x", "y", "z"]) events.push([user, item, Number.NaN, 0]);
    expect(filterInteractions(log(events), { core: 3 })).toHaveLength(9);
  });

  it("goes on until the core is stable: dropping an item can drop a user, and that user another item", () => {
    const events: Event[] = [];
    for (const user of ["a", "b", "c"]) for (const item of ["x", "y", "z"]) events.push([user, item, 5, 0]);
    // d has 3 events, but "rare" goes first; then d goes, and with d the third event of "w".
    events.push(["d", "rare", 5, 0], ["d", "x", 5, 0], ["d", "w", 5, 0], ["a", "w", 5, 0], ["b", "w", 5, 0]);
    const source = log(events);
    expect([...kCore(source, all(source), 3)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("refuses a core that leaves nothing to train on, or nothing at all", () => {
    const source = log([["a", "x", 5, 0]]);
    expect(() => kCore(source, all(source), 2)).toThrow(/core must be an integer >= 3/);
    expect(() => kCore(source, all(source), 10)).toThrow(/10-core of these 1 events is empty/);
  });
});
