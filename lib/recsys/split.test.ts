import { describe, expect, it } from "vitest";
import { type Interactions, interactionsBuilder } from "../data/interactions";
import { buildSequences } from "./sequences";
import {
  refuseHeldOut,
  sampleCases,
  samplePrefixes,
  splitTargets,
  trainingItems,
  trainingPrefixes,
  trainingWindows,
} from "./split";

type Event = [user: string, item: string, rating: number, time: number];

function log(events: Event[]): Interactions {
  const builder = interactionsBuilder();
  for (const event of events) builder.add(...event);
  return builder.build();
}

const all = (source: Interactions) => Int32Array.from(source.users, (_, row) => row);

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

  it("of a user of five events trains on two, validates on the fourth and tests on the fifth", () => {
    const five = log(Array.from({ length: 5 }, (_, k): Event => ["five", `i${k}`, 5, k]));
    const sequences = buildSequences(five, all(five));
    expect([...trainingPrefixes(sequences)]).toEqual([1, 2]); // 5 - 3; an event's history is all before it
    expect([...splitTargets(sequences, "validation")]).toEqual([3]);
    expect([...splitTargets(sequences, "test")]).toEqual([4]);
    expect(sequences.offsets[0]).toBe(0);
  });

  it("cuts training into windows that have each training item as a target once", () => {
    expect([...trainingWindows(dataset, 3)]).toEqual([4, 1]);
    expect([...trainingWindows(dataset, 50)]).toEqual([4]);
    expect([...trainingWindows(dataset, 3, "last")]).toEqual([4]);
  });

  it("refuses held-out events where labels are read, naming the first", () => {
    expect(() => refuseHeldOut(dataset, trainingPrefixes(dataset))).not.toThrow();
    expect(() => refuseHeldOut(dataset, Int32Array.of(4, 5, 6))).toThrow(
      "Event 5 is held out for validation or test, and labels are read here: take training cases.",
    );
    expect(() => refuseHeldOut(dataset, splitTargets(dataset, "test"))).toThrow(/^Event 6 is held out/);
  });

  it("samples prefixes without repetition, all equally often", () => {
    const counts = new Map<number, number>();
    for (let epoch = 0; epoch < 3000; epoch++) {
      const sample = samplePrefixes(dataset, 2, { seed: 1, epoch });
      expect(sample[0]).toBeLessThan(sample[1]);
      for (const event of sample) counts.set(event, (counts.get(event) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
    for (const count of counts.values()) expect(Math.abs(count - 1500)).toBeLessThan(120);
    expect([...samplePrefixes(dataset, 99, { seed: 1, epoch: 0 })]).toEqual([...trainingPrefixes(dataset)]);
  });

  it("samples cases in their order, the same for a seed and others for another", () => {
    const cases = Int32Array.from({ length: 50 }, (_, i) => 2 * i);
    const sample = (seed: number) => [...sampleCases(cases, 8, seed, 5)];
    expect(sample(1)).toHaveLength(8);
    expect([...new Set(sample(1))].sort((a, b) => a - b)).toEqual(sample(1));
    expect(sample(1).every((event) => cases.includes(event))).toBe(true);
    expect(sample(1)).toEqual(sample(1));
    expect(sample(2)).not.toEqual(sample(1));
    expect([...cases]).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    for (const count of [0, 50, 60]) expect(sampleCases(cases, count, 1, 5)).toBe(cases);
  });
});

it("names the items of the training parts, each once", () => {
  const events: Event[] = ["c", "a", "c", "b", "d"].map((item, k) => ["one", item, 5, k]);
  events.push(...["d", "e", "a", "b"].map((item, k): Event => ["two", item, 5, k]));
  const source = log(events);
  const dataset = buildSequences(source, all(source));
  const names = Array.from(trainingItems(dataset), (item) => dataset.itemNames[item]);
  expect(names.sort()).toEqual(["a", "c", "d", "e"]);
  expect([...trainingItems(dataset)]).toEqual([...trainingItems(dataset)].sort((x, y) => x - y));
});
