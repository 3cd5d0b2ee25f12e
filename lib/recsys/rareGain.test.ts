import { expect, test } from "vitest";
import { popularityGroups } from "./popularityGroups";
import { rareGain } from "./rareGain";
import { sequencesOf } from "./transfer/transferTesting";

// In the training parts: item 1 five times, 2 twice, 3 once, 4 never.
const data = sequencesOf(4, [
  [1, 1, 4, 1],
  [1, 2, 4, 2],
  [1, 2, 4, 3],
  [1, 3, 3, 4],
  [4, 1],
  [4, 2],
]);

test("the rarest targets are those of users 2 and 3", () => {
  expect([...popularityGroups(data, 3)[0].users]).toEqual([2, 3]);
});

test("is the gain's share on the rarest targets, less that on all others, over seeds and users", () => {
  // Rare: from 0.2 on the mean to 0.3, half as much again. The others: from 0.4 to 0.5, a quarter.
  const worse = [
    [0.3, 0.5, 0.1, 0.2, 0.2, 0.4],
    [0.5, 0.3, 0.3, 0.2, 0.4, 0.6],
  ];
  const better = worse.map((row) => row.map((value) => value + 0.1));
  const found = rareGain(data, better, worse);
  // Every user gains 0.1: only the shares differ, and no resample moves them.
  expect(found?.difference).toBeCloseTo(0.5 - 0.25, 12);
  expect(found?.low).toBeCloseTo(0.25, 12);
  expect(found?.high).toBeCloseTo(0.25, 12);
  expect(rareGain(data, worse, better)?.difference).toBeCloseTo(-0.1 / 0.3 + 0.1 / 0.5, 12);
});

test("has the spread of seeds and users, each with its own base", () => {
  const worse = [[0.4, 0.4, 0.2, 0.2, 0.4, 0.4]];
  const found = rareGain(data, [[0.4, 0.4, 0.2, 0.4, 0.4, 0.4]], worse);
  expect(found?.difference).toBeCloseTo(0.5, 12); // one of the two rare users gains 0.2 of 0.2
  expect([found?.low, found?.high]).toEqual([0, expect.closeTo(1, 12)]);
});

test("is not defined where the worse one finds none of the rare targets, or none of the others", () => {
  const found = [[1, 1, 1, 1, 1, 1]];
  expect(rareGain(data, found, [[1, 1, 0, 0, 1, 1]])).toBeUndefined();
  expect(rareGain(data, found, [[0, 0, 1, 1, 0, 0]])).toBeUndefined();
  expect(rareGain(data, found, [[0, 0, 1, 0, 0, 1]])).toBeDefined();
});
