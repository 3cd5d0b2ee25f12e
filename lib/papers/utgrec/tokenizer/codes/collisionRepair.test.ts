import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../data/random";
import { groupByTuple, itemCodes } from "../../../../recsys/generative/itemCodes";
import { type CollidingCodes, repairCollisions } from "./collisionRepair";

/** Codes of a prefix and the nearest leaf of each vector, one number wide, leaves at 0, 1, 2, .. */
function onALine(vectors: readonly number[], prefixes: readonly number[][], leaves: number): CollidingCodes {
  const levels = prefixes[0].length + 1;
  const values = vectors.flatMap((x, item) => [
    ...prefixes[item],
    Math.min(leaves - 1, Math.max(0, Math.round(x))),
  ]);
  return {
    codes: itemCodes(Int32Array.from(values), levels, leaves),
    lastVectors: vectors,
    leafCodebook: Array.from({ length: leaves }, (_, leaf) => leaf),
  };
}

const rows = ({ codes: { values, levels, items } }: Pick<CollidingCodes, "codes">) =>
  Array.from({ length: items }, (_, item) => [...values.subarray(item * levels, (item + 1) * levels)]);

/** Random vectors in the plane with the codes of the nearest leaves, in a few prefixes. */
function randomCodes(
  items: number,
  { prefixes = 6, leaves = 64, dimensions = 2, seed = 1 } = {},
): CollidingCodes {
  const random = createRandom(seed);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const [lastVectors, leafCodebook] = [numbers(items * dimensions), numbers(leaves * dimensions)];
  const values = new Int32Array(items * 3);
  for (let item = 0; item < items; item++) {
    let [best, nearest] = [0, Infinity];
    for (let leaf = 0; leaf < leaves; leaf++) {
      let distance = 0;
      for (let k = 0; k < dimensions; k++)
        distance += (lastVectors[item * dimensions + k] - leafCodebook[leaf * dimensions + k]) ** 2;
      if (distance < nearest) [best, nearest] = [leaf, distance];
    }
    values.set([random.integer(prefixes), random.integer(2), best], item * 3);
  }
  return { codes: itemCodes(values, 3, leaves), lastVectors, leafCodebook };
}

/** The same items in another order. @returns and where each now stands */
function reordered({ codes, lastVectors, leafCodebook }: CollidingCodes, seed: number) {
  const { items, levels, values } = codes;
  const d = lastVectors.length / items;
  const order = createRandom(seed).shuffle(Int32Array.from({ length: items }, (_, item) => item));
  const take = (from: ArrayLike<number>, width: number) =>
    Array.from(order).flatMap((item) => Array.from({ length: width }, (_, k) => from[item * width + k]));
  return {
    order,
    colliding: {
      codes: itemCodes(Int32Array.from(take(values, levels)), levels, codes.codes),
      lastVectors: take(lastVectors, d),
      leafCodebook,
    },
  };
}

describe("the repair of collisions", () => {
  it("has the nearest item keep the code, and sends the others on: the worked example", () => {
    // A, B, C are all nearest to 1; D has 0 for good. A stays; C goes to 2; B to 0, which is taken, to 2, taken too, and to 3.
    const colliding = onALine(
      [1.05, 0.9, 1.3, 0.1],
      [
        [4, 2],
        [4, 2],
        [4, 2],
        [4, 2],
      ],
      5,
    );
    const result = repairCollisions(colliding);
    expect(rows(result).map(([, , last]) => last)).toEqual([1, 3, 2, 0]);
    expect(rows(result).every(([first, second]) => first === 4 && second === 2)).toBe(true);
    expect(result).toMatchObject({ collisionRate: 0.5, repaired: 2, movedPrefix: 0, farthest: 4 });
  });

  it("leaves items of other prefixes alone, and codes without collisions as they are", () => {
    const apart = onALine(
      [1.05, 0.9, 1.3],
      [
        [0, 0],
        [0, 1],
        [1, 0],
      ],
      5,
    );
    const result = repairCollisions(apart);
    expect(result.codes).toEqual(apart.codes);
    expect(result).toMatchObject({ collisionRate: 0, repaired: 0, movedPrefix: 0, farthest: 1 });
  });

  it("has the first of equal items keep the code, and takes the lower of codes at equal distance", () => {
    const result = repairCollisions(
      onALine(
        [2, 2, 2],
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        5,
      ),
    );
    // Of the two that move, both to 1 at first: the first has it, the last goes on to 3.
    expect(rows(result).map(([, , last]) => last)).toEqual([2, 1, 3]);
  });

  it("gives every item a tuple of its own, and changes no more than it must", () => {
    for (const seed of [1, 2, 3]) {
      const colliding = randomCodes(500, { seed });
      const { codes, repaired, collisionRate, movedPrefix, farthest } = repairCollisions(colliding);
      expect(groupByTuple(codes).size).toBe(500);
      expect(movedPrefix).toBe(0);
      expect(farthest).toBeGreaterThan(2);
      const [before, after] = [rows(colliding), rows({ codes })];
      const groups = [...groupByTuple(colliding.codes).values()];
      let changed = 0;
      for (const group of groups) {
        const stayed = group.filter((item) => before[item].join() === after[item].join());
        expect(stayed).toHaveLength(1); // a tuple that collided keeps one of its items, and a tuple of one item that item
        changed += group.length - 1;
      }
      expect(repaired).toBe(changed);
      expect(collisionRate).toBeCloseTo(changed / 500, 12);
      after.forEach((row, item) => {
        expect(row.slice(0, 2)).toEqual(before[item].slice(0, 2));
      });
    }
  });

  it("does not depend on the order of the items where no distances are equal", () => {
    const colliding = randomCodes(400, { seed: 7 });
    const result = rows(repairCollisions(colliding));
    for (const seed of [1, 2]) {
      const { order, colliding: other } = reordered(colliding, seed);
      rows(repairCollisions(other)).forEach((row, at) => {
        expect(row).toEqual(result[order[at]]);
      });
    }
  });

  it("is the same each time, and leaves the codes it was given", () => {
    const colliding = randomCodes(300);
    const given = colliding.codes.values.slice();
    expect(repairCollisions(colliding)).toEqual(repairCollisions(colliding));
    expect(colliding.codes.values).toEqual(given);
  });

  it("goes through the whole codebook: a prefix can be filled to its last tuple", () => {
    const full = onALine(new Array(8).fill(3), new Array(8).fill([1, 2]), 8);
    const result = repairCollisions(full);
    expect(
      rows(result)
        .map(([, , last]) => last)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(result).toMatchObject({ repaired: 7, movedPrefix: 0, farthest: 8 });
  });

  it("changes the code before the last only where a prefix is full: to the nearest code that has room", () => {
    const vectors = [3, 3, 3, 3, 3, 3, 1];
    const prefixes = [...new Array(6).fill([1, 2]), [1, 1]];
    const colliding = onALine(vectors, prefixes, 4);
    const result = repairCollisions(colliding);
    // Four fill (1, 2, ·); of the others the first goes to (1, 1, 3), the second, since that is taken, to (1, 1, 2): 1 is as near to 2 as 3 is, and lower.
    expect(rows(result).slice(-3)).toEqual([
      [1, 1, 3],
      [1, 1, 2],
      [1, 1, 1],
    ]);
    expect(result).toMatchObject({ repaired: 5, movedPrefix: 2, farthest: 4 });
    expect(groupByTuple(result.codes).size).toBe(7);
  });

  it("of two codes moves the first by its own codebook", () => {
    const colliding = onALine([0, 0, 0], [[1], [1], [1]], 2);
    expect(() => repairCollisions(colliding)).toThrow("give it as previousCodebook");
    const result = repairCollisions({ ...colliding, previousCodebook: [5, 0, 1] });
    expect(rows(result)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
  });

  it("refuses more items than there are tuples, and sizes that do not fit", () => {
    const colliding = onALine([0, 0, 0, 0, 0], new Array(5).fill([0, 0]), 2);
    expect(() => repairCollisions(colliding)).toThrow("no tuple is left for item 5");
    expect(() => repairCollisions({ ...colliding, lastVectors: [0, 1] })).toThrow("do not fit together");
    expect(() => repairCollisions({ ...colliding, leafCodebook: [] })).toThrow("of a codebook of 0");
  });

  it("moves as many items to other prefixes as full ones cannot hold, at the size of a domain", () => {
    const colliding = randomCodes(3000, { prefixes: 12, leaves: 128, dimensions: 8 }); // 24 prefixes of 128 tuples: 3,072
    const { codes, collisionRate, movedPrefix, farthest } = repairCollisions(colliding);
    expect(groupByTuple(codes).size).toBe(3000);
    expect(collisionRate).toBeGreaterThan(0.4);
    const sizes = new Map<string, number>();
    for (const [first, second] of rows(colliding)) {
      const prefix = `${first} ${second}`;
      sizes.set(prefix, (sizes.get(prefix) ?? 0) + 1);
    }
    const overflow = [...sizes.values()].reduce((sum, size) => sum + Math.max(0, size - 128), 0);
    expect(overflow).toBeGreaterThan(10);
    expect(movedPrefix).toBe(overflow);
    expect(farthest).toBe(128);
  });
});
