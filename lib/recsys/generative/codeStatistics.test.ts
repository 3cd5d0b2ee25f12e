import { expect, test } from "vitest";
import {
  churn,
  churnAtGap,
  collisionRate,
  firstTokenAgreement,
  perplexity,
  usedCodes,
} from "./codeStatistics";
import { groupByTuple, itemCodes } from "./itemCodes";

// Four items of two codes below 4.
const a = itemCodes(Int32Array.of(0, 1, 1, 1, 2, 3, 0, 1), 2, 4);
const b = itemCodes(Int32Array.of(0, 1, 1, 2, 3, 3, 0, 1), 2, 4);

test("used codes, perplexity and collisions, worked by hand", () => {
  expect(usedCodes(a)).toEqual([3, 2]);
  // Level 1: shares 1/2, 1/4, 1/4, entropy 1.5 ln 2. Level 2: 3/4 and 1/4.
  const [first, second] = perplexity(a);
  expect(first).toBeCloseTo(2 ** 1.5, 12);
  expect(second).toBeCloseTo(4 / 3 ** 0.75, 12);
  expect(collisionRate(a)).toBe(1 / 4);
  expect([...groupByTuple(a).values()]).toEqual([[0, 3], [1], [2]]);
});

test("churn and agreement, worked by hand", () => {
  expect(churn(a, b)).toEqual({ first: 1 / 4, any: 1 / 2 });
  expect(churn(a, a)).toEqual({ first: 0, any: 0 });
  expect(churnAtGap([a, b, a], 1)).toEqual({ first: 1 / 4, any: 1 / 2 });
  expect(churnAtGap([a, b, a], 2)).toEqual({ first: 0, any: 0 });
  expect(firstTokenAgreement([a, b, a])).toBeCloseTo((0.75 + 1 + 0.75) / 3, 12);
});

test("what does not fit together is refused", () => {
  expect(() => itemCodes(Int32Array.of(0, 4), 2, 4)).toThrow("item 0 has the code 4, not one of 0 to 3");
  expect(() => itemCodes(Int32Array.of(0, 1, 2), 2, 4)).toThrow("3 values");
  expect(() => churn(a, itemCodes(Int32Array.of(0, 1), 2, 4))).toThrow("cannot be compared");
  expect(() => churnAtGap([a, b], 2)).toThrow("no two are 2 apart");
  expect(() => firstTokenAgreement([a])).toThrow("two tokenizers");
});
