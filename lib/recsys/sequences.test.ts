import { describe, expect, it } from "vitest";
import { type Interactions, interactionsBuilder } from "../data/interactions";
import { buildSequences, requireTimes } from "./sequences";

type Event = [user: string, item: string, rating: number, time: number];

function log(events: Event[]): Interactions {
  const builder = interactionsBuilder();
  for (const event of events) builder.add(...event);
  return builder.build();
}

const all = (source: Interactions) => Int32Array.from(source.users, (_, row) => row);

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
    expect([...requireTimes(dataset)]).toEqual([10, 20, 20, 30, 0, 1]);
    expect([...dataset.rows]).toEqual([3, 2, 4, 0, 5, 1]);
    expect([...dataset.eventUsers]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("keeps the order of a log without times, and has none itself", () => {
    const untimed = { ...source, timestamps: undefined };
    const dataset = buildSequences(untimed, all(untimed));
    expect([...dataset.rows]).toEqual([0, 2, 3, 4, 1, 5]);
    expect(dataset.times).toBeUndefined();
    expect(() => requireTimes(dataset)).toThrow(/has no timestamps, only the order/);
  });

  it("gives ids to kept items only, or to the whole vocabulary", () => {
    const rows = Int32Array.of(1, 5);
    expect(buildSequences(source, rows).itemNames).toEqual(["", "only", "early"]);
    const whole = buildSequences(source, rows, { wholeVocabulary: true });
    expect(whole.items).toBe(5);
    expect([...whole.itemIds].map((id) => whole.itemNames[id])).toEqual(["early", "only"]);
  });
});
