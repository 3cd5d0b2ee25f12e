import { describe, expect, it } from "vitest";
import { type Interactions, interactionsBuilder } from "../data/interactions";
import { filterInteractions, kCore } from "./filter";
import { buildSequences } from "./sequences";
import { splitTargets, trainingPrefixes, trainingWindows } from "./split";

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

describe("buildSequences", () => {
  const source = log([
    ["u", "late", 5, 30],
    ["v", "only", 5, 1],
    ["u", "tie-1", 5, 20],
    ["u", "early", 5, 10],
    ["u", "tie-2", 5, 20],
    ["v", "early", 5, 0],
  ]);

  it("orders by time, ties by file line, and numbers by first appearance", () => {
    const dataset = buildSequences(source, all(source));
    expect(dataset.userNames).toEqual(["u", "v"]);
    expect([...dataset.offsets]).toEqual([0, 4, 6]);
    const names = [...dataset.itemIds].map((id) => dataset.itemNames[id]);
    expect(names).toEqual(["early", "tie-1", "tie-2", "late", "early", "only"]);
    expect(dataset.itemNames).toEqual(["", "late", "only", "tie-1", "early", "tie-2"]);
    expect([...dataset.times]).toEqual([10, 20, 20, 30, 0, 1]);
    expect([...dataset.rows]).toEqual([3, 2, 4, 0, 5, 1]);
    expect([...dataset.eventUsers]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("gives ids to kept items only, or to the whole vocabulary", () => {
    const rows = Int32Array.of(1, 5);
    expect(buildSequences(source, rows).itemNames).toEqual(["", "only", "early"]);
    const whole = buildSequences(source, rows, { wholeVocabulary: true });
    expect(whole.items).toBe(5);
    expect([...whole.itemIds].map((id) => whole.itemNames[id])).toEqual(["early", "only"]);
  });
});

describe("leave-one-out", () => {
  const events: Event[] = [];
  for (let k = 0; k < 7; k++) events.push(["long", `i${k}`, 5, k]);
  for (let k = 0; k < 3; k++) events.push(["short", `i${k}`, 5, k]);
  const source = log(events);
  const dataset = buildSequences(source, all(source));

  it("takes the last event for the test, the one before for validation", () => {
    expect([...splitTargets(dataset, "test")]).toEqual([6, 9]);
    expect([...splitTargets(dataset, "validation")]).toEqual([5, 8]);
  });

  it("has every prefix of the training part, and nothing of the held-out events", () => {
    expect([...trainingPrefixes(dataset)]).toEqual([1, 2, 3, 4]); // 7 - 3; a user of three events has no prefix
  });

  it("cuts training into windows that have each training item as a target once", () => {
    expect([...trainingWindows(dataset, 3)]).toEqual([4, 1]);
    expect([...trainingWindows(dataset, 50)]).toEqual([4]);
    expect([...trainingWindows(dataset, 3, "last")]).toEqual([4]);
  });
});
