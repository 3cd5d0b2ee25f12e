import { describe, expect, it, test } from "vitest";
import { codeTree, mostFrequent } from "./codeTree";

/** Six items of three codes each, of two groups. */
const CODES = Int32Array.from([
  ...[4, 1, 0],
  ...[2, 3, 5],
  ...[4, 1, 0],
  ...[2, 3, 5],
  ...[2, 0, 7],
  ...[9, 9, 9],
]);
const GROUPS = [0, 1, 1, 1, 1, 0];

describe("a tree of codes", () => {
  const tree = codeTree(CODES, 3, GROUPS);
  const nodes = (level: number) =>
    tree[level].map(({ codes, first, items }) => [codes.join("."), first, items]);

  it("has a node a prefix, at every level all items in the same order", () => {
    // By group: 4 is a tie between both, so of the lower one, as 9 is, which has fewer items; 2 is of group 1.
    expect(nodes(0)).toEqual([
      ["4", 0, [0, 2]],
      ["9", 2, [5]],
      ["2", 3, [1, 3, 4]],
    ]);
    expect(nodes(1)).toEqual([
      ["4.1", 0, [0, 2]],
      ["9.9", 2, [5]],
      ["2.3", 3, [1, 3]],
      ["2.0", 5, [4]],
    ]);
    expect(nodes(2).map(([codes]) => codes)).toEqual(["4.1.0", "9.9.9", "2.3.5", "2.0.7"]);
    for (const level of tree) expect(level.flatMap(({ items }) => items)).toEqual([0, 2, 5, 1, 3, 4]);
  });

  it("orders items of the same codes by their group", () => {
    const [[node]] = codeTree(Int32Array.from([1, 1, 1, 1, 1, 1]), 2, [2, 0, 1]);
    expect(node.items).toEqual([1, 2, 0]);
  });

  it("keeps the most frequent first codes where not all have room", () => {
    const kept = codeTree(CODES, 3, GROUPS, 1);
    expect(kept[0].map(({ codes, first }) => [codes, first])).toEqual([[[2], 0]]);
    expect(kept[1].map(({ codes }) => codes.join("."))).toEqual(["2.3", "2.0"]);
  });

  it("does not depend on the order in which items come, but for ties", () => {
    const order = [5, 3, 1, 0, 4, 2];
    const shuffled = Int32Array.from(order.flatMap((item) => [...CODES.subarray(3 * item, 3 * item + 3)]));
    const again = codeTree(
      shuffled,
      3,
      order.map((item) => GROUPS[item]),
    );
    expect(again.map((level) => level.map(({ codes, first }) => [codes, first]))).toEqual(
      tree.map((level) => level.map(({ codes, first }) => [codes, first])),
    );
  });
});

test("the most frequent value, the least of several, with its share", () => {
  expect(mostFrequent([0, 1, 2], [7, 5, 7])).toEqual({ value: 7, share: 2 / 3 });
  expect(mostFrequent([0, 1], [7, 5])).toEqual({ value: 5, share: 0.5 });
});
