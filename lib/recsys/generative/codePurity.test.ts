import { expect, test } from "vitest";
import { codePurity } from "./codePurity";
import { itemCodes } from "./itemCodes";

// Six items of two planted codes.
const planted = itemCodes(Int32Array.of(0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1), 2, 2);

test("other numbers for the same tree are pure and complete", () => {
  const renamed = itemCodes(
    planted.values.map((code) => 1 - code),
    2,
    2,
  );
  expect(codePurity(renamed, planted)).toEqual({ prefix: [1, 1], completeness: [1, 1], level: [1, 1] });
});

test("worked by hand", () => {
  // First codes: groups {0 1 2 3} and {4 5}; second: {0 3} and the rest, as planted.
  const codes = itemCodes(Int32Array.of(0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1), 2, 2);
  const { prefix, completeness, level } = codePurity(codes, planted);
  // Depth 1: 3 of 4 and 2 of 2. Depth 2: {0 3} is half and half, {1 2} and {4 5} are whole.
  expect(prefix).toEqual([5 / 6, 5 / 6]);
  // Depth 1: {0 1 2} whole, {3 4 5} 2 of 3. Depth 2: {0}, {1 2}, {3}, {4 5} are all whole.
  expect(completeness).toEqual([5 / 6, 1]);
  expect(level).toEqual([5 / 6, 1]);
});

test("an item a group is pure, but not complete", () => {
  const codes = itemCodes(Int32Array.of(0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0), 2, 6);
  expect(codePurity(codes, planted).prefix).toEqual([1, 1]);
  expect(codePurity(codes, planted).completeness).toEqual([2 / 6, 4 / 6]);
  expect(() => codePurity(itemCodes(Int32Array.of(0), 1, 1), planted)).toThrow("cannot be compared");
});
