import { describe, expect, test } from "vitest";
import { groupByTuple } from "./itemCodes";
import { type ReasoningTree, reasoningTree } from "./reasoningTree";

const world = reasoningTree({ seed: 3 });
const flat = reasoningTree({ seed: 3, structure: "last-item" });

const categoryOf = (id: number) => Math.floor((id - 1) / 48);
const subcategoryOf = (id: number) => Math.floor((id - 1) / 6) % 8;
const cellOf = (id: number) => Math.floor((id - 1) / 6);

/** Every event but a user's first, with its place in the history. */
function moves({ data }: ReasoningTree) {
  return Array.from({ length: data.users }, (_, user) => {
    const [first, end] = [data.offsets[user], data.offsets[user + 1]];
    return Array.from({ length: end - first - 1 }, (_, k) => ({ user, event: first + k + 1, place: k + 1 }));
  }).flat();
}

/** The most frequent value of each key. */
function mostFrequent(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (const [key, value] of pairs) {
    const ofKey = counts.get(key) ?? new Map<number, number>();
    counts.set(key, ofKey.set(value, (ofKey.get(value) ?? 0) + 1));
  }
  return new Map(
    [...counts].map(([key, ofKey]) => [key, [...ofKey].sort(([, a], [, b]) => b - a)[0][0]] as const),
  );
}

function within(share: number, chance: number, of: number): void {
  expect(Math.abs(share - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / of));
}

describe("the tree", () => {
  test("has 384 items, 2,000 users of 8 to 20 events, 6 personas and 3 moods", () => {
    const { data, content, codes, persona, mood } = world;
    expect([data.items, data.users, content.rows, content.columns]).toEqual([384, 2000, 384, 32]);
    const lengths = Array.from({ length: 2000 }, (_, user) => data.offsets[user + 1] - data.offsets[user]);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([8, 20]);
    expect([new Set(persona).size, new Set(mood).size]).toEqual([6, 3]);
    expect([mood.length, world.noise.length]).toEqual([data.itemIds.length, data.itemIds.length]);
    expect([data.itemNames[1], data.itemNames[48], data.itemNames[384]]).toEqual([
      "t0-0-0",
      "t0-7-5",
      "t7-7-5",
    ]);
    expect([...codes.values.subarray(47 * 3, 49 * 3)]).toEqual([0, 7, 5, 1, 0, 0]);
    expect(groupByTuple(codes).size).toBe(384);
  });

  test("empirical transitions are f1 of last category and persona, f2 of category and the one three steps ago", () => {
    const { data, f1, f2, persona } = world;
    const ids = data.itemIds;
    const categories = mostFrequent(
      moves(world).map(({ user, event }) => [
        categoryOf(ids[event - 1]) * 6 + persona[user],
        categoryOf(ids[event]),
      ]),
    );
    expect([...f1.keys()].map((key) => categories.get(key))).toEqual([...f1]);
    const subcategories = mostFrequent(
      moves(world).map(({ event, place }) => [
        categoryOf(ids[event]) * 9 + (place < 3 ? 8 : categoryOf(ids[event - 3])),
        subcategoryOf(ids[event]),
      ]),
    );
    expect([...f2.keys()].map((key) => subcategories.get(key))).toEqual([...f2]);
  });

  test("events that are no noise follow the tables without exception, the others are any item", () => {
    const { data, f1, f2, persona, noise } = world;
    const ids = data.itemIds;
    const all = moves(world);
    const ruled = all.filter(({ event }) => noise[event] === 0);
    const others = ruled.filter(({ user, event, place }) => {
      const category = f1[categoryOf(ids[event - 1]) * 6 + persona[user]];
      const older = place < 3 ? 8 : categoryOf(ids[event - 3]);
      return cellOf(ids[event]) !== category * 8 + f2[category * 9 + older];
    });
    expect([ruled.length > 20_000, others]).toEqual([true, []]);
    const noisy = all.filter(({ event }) => noise[event] === 1);
    within(noisy.length / all.length, 0.15, all.length);
    const counts = new Float64Array(64);
    for (const { event } of noisy) counts[cellOf(ids[event])]++;
    for (const count of counts) within(count / noisy.length, 1 / 64, noisy.length);
  });

  test("f1 is a permutation for every persona", () => {
    for (let persona = 0; persona < 6; persona++) {
      const column = Array.from({ length: 8 }, (_, category) => world.f1[category * 6 + persona]);
      expect(new Set(column).size).toBe(8);
    }
  });

  test("leaves are Zipf, shifted by a mood that stays nine times of ten", () => {
    const { data, leafShares, mood, noise } = world;
    const total = 1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5 + 1 / 6;
    [1, 1 / 2, 1 / 3].forEach((weight, k) => {
      for (const [shift, ofMood] of [0, 2, 4].entries())
        expect(leafShares[shift * 6 + ((ofMood + k) % 6)]).toBeCloseTo(weight / total, 12);
    });
    for (const state of [0, 1, 2]) {
      const events = moves(world).filter(({ event }) => noise[event] === 0 && mood[event] === state);
      for (let leaf = 0; leaf < 6; leaf++) {
        const drawn = events.filter(({ event }) => (data.itemIds[event] - 1) % 6 === leaf).length;
        within(drawn / events.length, leafShares[state * 6 + leaf], events.length);
      }
    }
    const all = moves(world);
    within(all.filter(({ event }) => mood[event] === mood[event - 1]).length / all.length, 0.9, all.length);
  });

  test("content is a vector for each number of the path, of weights 1, 1/2 and 1/4, and noise of deviation 0.05", () => {
    const { values } = world.content;
    const row = (item: number) => [...values.subarray(item * 32, (item + 1) * 32)];
    const difference = (a: number, b: number) => row(a).map((x, k) => x - row(b)[k]);
    const size = (x: readonly number[]) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / 32);
    // One leaf's vector less another's is the same in all cells but for the noise of four draws.
    let noise = 0;
    for (let cell = 1; cell < 64; cell++) {
      const here = difference(cell * 6, cell * 6 + 1);
      const there = difference((cell - 1) * 6, (cell - 1) * 6 + 1);
      noise += size(here.map((x, k) => x - there[k])) ** 2 / 63;
    }
    expect(Math.sqrt(noise / 4)).toBeCloseTo(0.05, 2);
    const planted = [48, 6, 1].map((step) => {
      const pairs = Array.from({ length: 384 - step }, (_, item) => item).filter(
        (item) => Math.floor(item / (step * 8)) === Math.floor((item + step) / (step * 8)),
      );
      return pairs.reduce((sum, item) => sum + size(difference(item, item + step)), 0) / pairs.length;
    });
    [1, 0.5, 0.25].forEach((weight, level) => {
      expect(planted[level] / (weight * Math.SQRT2)).toBeGreaterThan(0.7);
      expect(planted[level] / (weight * Math.SQRT2)).toBeLessThan(1.4);
    });
  });
});

test("hard items have another hard item's content and codes; nothing else changes", () => {
  const hard = reasoningTree({ seed: 3, hardShare: 0.3 });
  const chosen = [...hard.hard.keys()].filter((item) => hard.hard[item] === 1);
  expect(chosen).toHaveLength(115);
  expect(hard.data.itemIds).toEqual(world.data.itemIds);
  expect(groupByTuple(hard.codes).size).toBe(384);
  const path = (tree: ReasoningTree, item: number) =>
    tree.codes.values.subarray(item * 3, item * 3 + 3).join();
  const ownPaths = new Set(chosen.map((item) => path(world, item)));
  for (let item = 0; item < 384; item++) {
    if (hard.hard[item] === 1) {
      expect(path(hard, item)).not.toBe(path(world, item));
      expect(ownPaths.has(path(hard, item))).toBe(true);
    } else expect(path(hard, item)).toBe(path(world, item));
  }
  // The content goes with the codes: up to the noise it is that of the item whose place it takes.
  const places = new Map(Array.from({ length: 384 }, (_, item) => [path(world, item), item]));
  for (const item of chosen) {
    const from = places.get(path(hard, item))!;
    const row = (tree: ReasoningTree, at: number) => tree.content.values.subarray(at * 32, (at + 1) * 32);
    const distance = Math.hypot(...row(hard, item).map((x, k) => x - row(world, from)[k]));
    expect(distance).toBeLessThan(2 * 0.05 * Math.sqrt(2 * 32)); // two draws of noise apart
  }
});

test("flat control: the last item alone tells the next cell, and every cell is the next of one", () => {
  const { data, f1, f2, noise } = flat;
  const others = moves(flat).filter(({ event }) => {
    const last = cellOf(data.itemIds[event - 1]);
    return noise[event] === 0 && cellOf(data.itemIds[event]) !== f1[last] * 8 + f2[last];
  });
  expect(others).toEqual([]);
  expect(new Set(f1.map((category, cell) => category * 8 + f2[cell])).size).toBe(64);
});

test("is the same for a seed; more users leave the first ones and the items as they are", () => {
  const few = reasoningTree({ seed: 3, users: 10 });
  const events = few.data.itemIds.length;
  expect(few.data.itemIds).toEqual(world.data.itemIds.slice(0, events));
  expect([few.content, few.f1, few.f2]).toEqual([world.content, world.f1, world.f2]);
  expect(few.mood).toEqual(world.mood.slice(0, events));
  expect(reasoningTree({ seed: 4, users: 10 }).f1).not.toEqual(world.f1);
});

test("sizes are options, and checked", () => {
  const sizes = { categories: 5, subcategories: 3, leaves: 2, personas: 2, moods: 1, users: 20 };
  const small = reasoningTree(sizes);
  expect([small.data.items, small.codes.codes, small.f1.length, small.f2.length]).toEqual([30, 5, 10, 30]);
  expect(() => reasoningTree({ leaves: 0 })).toThrow("leaves must be a whole number >= 1; got 0");
  expect(() => reasoningTree({ hardShare: 1.5 })).toThrow("hardShare must be between 0 and 1; got 1.5");
  expect(() => reasoningTree({ minEvents: 2 })).toThrow("a user has 2 to 20 events");
});
