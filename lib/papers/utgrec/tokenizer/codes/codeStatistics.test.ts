import { expect, test } from "vitest";
import { bookUse, codesAt, mutualInformation } from "./codeStatistics";

const LAYOUT = { rootCodes: 4, leafCodes: 8, levels: 3 };
// Three items: the first position has 0, 0, 1; the others 5, 2, 5 and 5, 5, 7.
const CODES = Int32Array.from([0, 5, 5, 0, 2, 5, 1, 5, 7]);

test("root and leaf: codes used, and exp of the entropy over all positions of a book", () => {
  const [root, leaf, ...more] = bookUse(CODES, { ...LAYOUT, books: "tree" });
  expect(more).toEqual([]);
  expect(root.used).toBe(2);
  expect(root.perplexity).toBeCloseTo(Math.exp(-(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 3)), 10);
  expect(leaf.used).toBe(3);
  expect(leaf.perplexity).toBeCloseTo(Math.exp(-(4 / 6) * Math.log(4 / 6) - (2 / 6) * Math.log(1 / 6)), 10);
});

test("flat books are counted one by one", () => {
  const flat = bookUse(CODES, { ...LAYOUT, leafCodes: 16, books: "flat" });
  expect(flat.map(({ used }) => used)).toEqual([2, 2, 2]);
});

test("mutual information: the entropy where one label tells the other, 0 where they are independent", () => {
  const [a, same, apart] = [
    [0, 0, 1, 1],
    [7, 7, 3, 3],
    [0, 1, 0, 1],
  ].map((labels) => Int32Array.from(labels));
  expect(mutualInformation(a, same)).toBeCloseTo(Math.log(2), 10);
  expect(mutualInformation(a, apart)).toBeCloseTo(0, 10);
  expect([...codesAt(1, CODES, 3)]).toEqual([5, 2, 5]);
  expect(() => mutualInformation(a, CODES)).toThrow("4 labels cannot be paired with 9");
});
