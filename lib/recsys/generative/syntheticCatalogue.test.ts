import { describe, expect, test } from "vitest";
import { syntheticCatalogue } from "./syntheticCatalogue";

const world = syntheticCatalogue({ seed: 3, users: 4000 });
const { data, cell, group, subgroup, content, popularity, transitions, parameters } = world;
const cells = 30;

describe("synthetic catalogue", () => {
  test("has the sizes of its settings, and an id for every item", () => {
    const small = syntheticCatalogue();
    expect([small.data.items, small.data.users, small.content.length]).toEqual([300, 800, 300 * 32]);
    expect(
      new Set(Array.from({ length: 800 }, (_, u) => small.data.offsets[u + 1] - small.data.offsets[u])),
    ).toEqual(new Set([8]));
    expect(small.data.times).toBeUndefined();
    expect(small.data.itemNames[1]).toBe("c0-1");
    expect(small.data.itemNames[300]).toBe("c29-10");
    expect([group[49], group[50], subgroup[49], subgroup[50], cell[50]]).toEqual([0, 1, 4, 0, 5]);
  });

  test("its walks have the planted transitions", () => {
    const counts = new Float64Array(cells * cells);
    const from = new Float64Array(cells);
    data.itemIds.forEach((id, event) => {
      if (event === 0 || data.eventUsers[event - 1] !== data.eventUsers[event]) return;
      const before = cell[data.itemIds[event - 1] - 1];
      counts[before * cells + cell[id - 1]]++;
      from[before]++;
    });
    transitions.forEach((chance, k) => {
      const total = from[Math.floor(k / cells)];
      const deviations = (counts[k] / total - chance) / Math.sqrt((chance * (1 - chance)) / total);
      expect(Math.abs(deviations)).toBeLessThan(5);
    });
    for (let row = 0; row < cells; row++) {
      const chances = [...transitions.subarray(row * cells, (row + 1) * cells)];
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
      expect(chances[row]).toBeCloseTo(0.6 + 0.1 / 30, 12);
      expect(chances.filter((chance) => Math.abs(chance - 0.15 - 0.1 / 30) < 1e-12)).toHaveLength(2);
    }
  });

  test("its items are as popular in their cells as planted: Zipf", () => {
    const counts = new Float64Array(10);
    for (const id of data.itemIds) counts[(id - 1) % 10]++;
    counts.forEach((count, k) => {
      const expected = popularity[k] * data.itemIds.length;
      expect(Math.abs(count - expected)).toBeLessThan(4 * Math.sqrt(expected));
    });
    expect(popularity[0] / popularity[4]).toBeCloseTo(5, 12);
  });

  test("its content is a group's vector, 0.6 of a subgroup's, and noise of deviation 0.25", () => {
    const mean = (items: number[], column: number) =>
      items.reduce((sum, item) => sum + content[item * 32 + column], 0) / items.length;
    const all = [...cell.keys()];
    const inCell = (c: number) => all.filter((item) => cell[item] === c);
    let within = 0;
    for (let c = 0; c < cells; c++) {
      for (let column = 0; column < 32; column++) {
        const center = mean(inCell(c), column);
        for (const item of inCell(c)) within += (content[item * 32 + column] - center) ** 2;
      }
    }
    expect(Math.sqrt(within / (cells * 9 * 32))).toBeCloseTo(parameters.noise, 2);
    // Between subgroups the difference is the same in every group, and its square is 2 · 0.6² on average.
    const difference = (g: number, column: number) =>
      mean(inCell(g * 5), column) - mean(inCell(g * 5 + 1), column);
    let spread = 0;
    for (let column = 0; column < 32; column++) {
      const differences = [0, 1, 2, 3, 4, 5].map((g) => difference(g, column));
      for (const d of differences) expect(Math.abs(d - differences[0])).toBeLessThan(0.8);
      spread += differences.reduce((sum, d) => sum + d / 6, 0) ** 2 / 32;
    }
    expect(spread).toBeGreaterThan(0.36);
    expect(spread).toBeLessThan(1.44);
  });

  test("is the same for a seed; more users leave the first ones and the items as they are", () => {
    const again = syntheticCatalogue({ seed: 3, users: 10 });
    expect(again.content).toEqual(content);
    expect([...again.data.itemIds]).toEqual([...data.itemIds.subarray(0, 80)]);
    expect(syntheticCatalogue({ seed: 4, users: 10 }).content).not.toEqual(content);
  });

  test("settings are checked", () => {
    expect(() => syntheticCatalogue({ users: 0 })).toThrow("users must be a whole number >= 1; got 0");
    expect(() => syntheticCatalogue({ stayProbability: 0.8 })).toThrow("together at most 1");
    expect(() => syntheticCatalogue({ groups: 1, subgroups: 2 })).toThrow(
      "2 neighbours need more than 2 cells",
    );
  });
});
