import { describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import { codePurity } from "../codePurity";
import { itemCodes } from "../itemCodes";
import { denseMatrix } from "../matrix";
import { reasoningTree } from "../reasoningTree";
import { identifier } from "../tokenMap";
import { buildTrie, findItem } from "../trie";
import { residualKMeans, uniqueTokenMap } from "./residualKMeans";

const tree = reasoningTree({ seed: 1, users: 1 });
const options = { levels: 3, codes: 8, seed: 1 };

describe("residual k-means of the tree's content", () => {
  const before = tf.memory().numTensors;
  const found = residualKMeans(tree.content, options);
  const after = tf.memory().numTensors;

  test("recovers the tree, level by level", () => {
    expect(codePurity(found.codes, tree.codes)).toEqual({
      prefix: [1, 1, 1],
      completeness: [1, 1, 1],
      level: [1, 1, 1],
    });
  });

  test("leaves less with every level, at last no more than the noise", () => {
    const { errors } = found;
    expect(errors).toHaveLength(4);
    for (let level = 1; level <= 3; level++) expect(errors[level]).toBeLessThan(0.5 * errors[level - 1]);
    expect(errors[3]).toBeLessThan(32 * 0.05 ** 2);
  });

  test("its identifiers are unique and lead back to the items; there are no collisions, so no digit more", () => {
    const map = uniqueTokenMap(found.codes);
    expect(map.vocabulary.widths).toEqual([8, 8, 8]);
    const trie = buildTrie(map);
    const tuples = new Set<string>();
    for (let item = 1; item <= map.items; item++) {
      tuples.add(identifier(map, item).join());
      expect(findItem(trie, identifier(map, item))).toBe(item);
    }
    expect(tuples.size).toBe(384);
  });

  test("is the same every time, and keeps no tensor", () => {
    expect(residualKMeans(tree.content, options)).toEqual(found);
    expect(after).toBe(before);
  });
});

describe("nested k-means", () => {
  test("tells apart what one table for all prefixes cannot: other vectors below every prefix", () => {
    // 4 groups far apart, and in each 4 points of its own, two and two.
    const at = [0, 100, 200, 300].flatMap((group, g) =>
      [0, 0.1, 3 + g, 3.1 + g].map((offset) => group + offset * (g % 2 === 0 ? 1 : -1)),
    );
    const content = denseMatrix(16, 1, Float32Array.from(at));
    const planted = itemCodes(
      Int32Array.from({ length: 48 }, (_, k) => {
        const item = Math.floor(k / 3);
        return [Math.floor(item / 4), Math.floor((item % 4) / 2), item % 2][k % 3];
      }),
      3,
      4,
    );
    // Four codes for four points of a group: the second level tells them all apart.
    const nested = residualKMeans(content, { levels: 2, codes: 4, seed: 1, nesting: "nested" });
    const residual = residualKMeans(content, { levels: 2, codes: 4, seed: 1 });
    const pair = itemCodes(
      planted.values.filter((_, k) => k % 3 < 2),
      2,
      4,
    );
    expect(codePurity(nested.codes, pair).prefix).toEqual([1, 1]);
    expect(nested.errors[2]).toBe(0);
    expect(residual.errors[2]).toBeGreaterThan(0.05);
    expect([...new Set(nested.codes.values.filter((_, k) => k % 2 === 1))].sort()).toEqual([0, 1, 2, 3]);
    // Six items of one place: one code, and none for the others to be different by.
    const equal = residualKMeans(denseMatrix(6, 1, new Float32Array(6).fill(2)), {
      levels: 2,
      codes: 8,
      seed: 1,
      nesting: "nested",
    });
    expect([...equal.codes.values]).toEqual(new Array(12).fill(0));
  });

  test("clusters groups larger than K", () => {
    const nested = residualKMeans(tree.content, { levels: 2, codes: 8, seed: 1, nesting: "nested" });
    expect(codePurity(nested.codes, itemCodes(plantedPairs(), 2, 8)).prefix).toEqual([1, 1]);
  });

  function plantedPairs(): Int32Array {
    return tree.codes.values.filter((_, k) => k % 3 < 2);
  }
});

test("items that collide get a digit more, below K", () => {
  const codes = itemCodes(Int32Array.of(0, 1, 1, 1, 0, 1, 0, 1), 2, 3);
  const map = uniqueTokenMap(codes);
  expect(map.vocabulary.widths).toEqual([3, 3, 3]);
  expect([1, 2, 3, 4].map((item) => identifier(map, item)[2] - map.vocabulary.offsets[2])).toEqual([
    0, 0, 1, 2,
  ]);
  const crowded = itemCodes(new Int32Array(8), 2, 3);
  expect(() => uniqueTokenMap(crowded)).toThrow(
    "4 items have the codes (0,0), more than the digit's 3 values",
  );
});

test("settings are checked", () => {
  expect(() => residualKMeans(tree.content, { ...options, levels: 0 })).toThrow(
    "levels must be a whole number",
  );
  expect(() => residualKMeans(tree.content, { ...options, codes: 1 })).toThrow(
    "codes must be a whole number >= 2; got 1",
  );
  expect(() => residualKMeans(tree.content, { ...options, codes: 400 })).toThrow(
    "400 clusters of 384 points",
  );
});
