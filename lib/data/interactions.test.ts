import { expect, it } from "vitest";
import { interactionsBuilder } from "./interactions";

it("numbers users and items by first appearance and keeps times exact beyond float32", () => {
  const builder = interactionsBuilder();
  builder.add("b", "y", 5, 1_780_000_001);
  builder.add("a", "x", Number.NaN, 1_780_000_002.25);
  builder.add("b", "x", 1, 3);
  const log = builder.build();
  expect(log.userNames).toEqual(["b", "a"]);
  expect(log.itemNames).toEqual(["y", "x"]);
  expect([...log.users]).toEqual([0, 1, 0]);
  expect([...log.items]).toEqual([0, 1, 1]);
  expect([...log.timestamps!]).toEqual([1_780_000_001, 1_780_000_002.25, 3]);
  expect(log.ratings[1]).toBeNaN();
});

it("keeps everything when it grows, and an earlier build as it was", () => {
  const builder = interactionsBuilder();
  builder.add("u", "i", 1, 0);
  const early = builder.build();
  for (let k = 1; k < 3000; k++) builder.add("u", `i${k}`, 1, k);
  expect(early.users).toHaveLength(1);
  expect([...builder.build().timestamps!]).toEqual(Array.from({ length: 3000 }, (_, k) => k));
});

it("has no timestamps where no event has one, and refuses a log that is half with them", () => {
  const builder = interactionsBuilder();
  builder.add("u", "i", Number.NaN);
  expect(builder.build().timestamps).toBeUndefined();
  builder.add("u", "j", Number.NaN, 5);
  expect(() => builder.build()).toThrow(/1 of 2 events have a time/);
});
