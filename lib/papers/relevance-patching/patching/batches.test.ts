import { describe, expect, test } from "vitest";
import { smallConfig } from "../../../llm/model/testing";
import { chunks, groupedBy, rowsThatFit, type SuffixRuns, suffixBatches } from "./batches";

/** What `suffixBatches` makes small, with 32 positions for the reading of a layer's weights. */
function cost(batches: readonly (readonly number[])[], { entries, layers, count }: SuffixRuns): number {
  return batches
    .map((batch) => (layers - Math.min(...batch.map((run) => entries[run]))) * (32 + batch.length * count))
    .reduce((sum, one) => sum + one, 0);
}

/** All ways to part a list, in its order. */
function partitions<T>(items: readonly T[]): T[][][] {
  if (items.length === 0) return [[]];
  return items.flatMap((_, i) => {
    const [head, rest] = [items.slice(0, i + 1), items.slice(i + 1)];
    return partitions(rest).map((parts) => [head, ...parts]);
  });
}

describe("batches of suffix runs", () => {
  test("every run is in one batch, of no more than it may hold", () => {
    const entries = Array.from({ length: 90 }, (_, i) => (7 * i) % 31);
    for (const count of [1, 8, 60])
      for (const most of [1, 4, 1000]) {
        const batches = suffixBatches({ entries, layers: 30, count, most });
        expect(batches.flat().sort((a, b) => a - b)).toEqual(entries.map((_, i) => i));
        expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(most);
      }
  });

  test("are the cheapest of all", () => {
    const entries = [5, 0, 3, 3, 1, 6, 2];
    const ordered = [1, 4, 6, 2, 3, 0, 5];
    for (const count of [1, 4, 10, 40]) {
      const runs = { entries, layers: 6, count, most: 5 };
      const all = partitions(ordered).filter((parts) => parts.every(({ length }) => length <= 5));
      const least = Math.min(...all.map((parts) => cost(parts, runs)));
      expect(cost(suffixBatches(runs), runs), `${count} positions`).toBe(least);
    }
  });

  test("runs of one position read the weights together, long ones begin with their own layer", () => {
    const entries = [0, 1, 2, 3];
    const runs = { entries, layers: 4, most: 100 };
    expect(suffixBatches({ ...runs, count: 1 })).toEqual([[0, 1, 2, 3]]);
    expect(suffixBatches({ ...runs, count: 500 })).toEqual([[0], [1], [2], [3]]);
    expect(suffixBatches({ ...runs, entries: [2, 0, 2, 0], count: 500 })).toEqual([
      [1, 3],
      [0, 2],
    ]);
    expect(suffixBatches({ ...runs, entries: [], count: 1 })).toEqual([]);
  });

  test("a batch has the rows that memory is set aside for, and one at least", () => {
    const config = smallConfig({ width: 576, inner: 1536, heads: 9, kvHeads: 3, headWidth: 64 });
    // 2²⁵ / (100 (4 · 1536 + 8 · 576 + 3 · 9 · 100))
    expect(rowsThatFit(config, 100, 100)).toBe(24);
    expect(rowsThatFit(config, 1, 100)).toBe(2494);
    expect(rowsThatFit(config, 8000, 8000)).toBe(1);
  });

  test("lists are parted by key and by size", () => {
    expect([...groupedBy([3, 1, 4, 1, 5], (n) => n % 2)]).toEqual([
      [1, [0, 1, 3, 4]],
      [0, [2]],
    ]);
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(() => chunks([1], 1.5)).toThrow("A batch must be a positive whole number of runs, not 1.5.");
  });
});
