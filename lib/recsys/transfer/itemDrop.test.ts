import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { dropItems } from "./itemDrop";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Rows 1 .. n with n from 1 to 6, padded. */
function histories(rows: number) {
  const lengths = Array.from({ length: rows }, (_, row) => 1 + (row % 6));
  const items = lengths.map((n) => Array.from({ length: 6 }, (_, k) => (k < n ? k + 1 : 0)));
  return { items: tf.tensor2d(items, [rows, 6], "int32"), lengths: tf.tensor1d(lengths, "int32") };
}

describe("leaving items out", () => {
  test("keeps the first, the order, and closes up", () => {
    const given = histories(600);
    const view = dropItems(given, 0.2, Rng.key(1));
    const [rows, lengths] = [view.items.arraySync(), [...view.lengths.dataSync()]];
    rows.forEach((row, r) => {
      const kept = row.filter((item) => item > 0);
      expect(kept.length).toBe(lengths[r]);
      expect(row.slice(lengths[r]).every((item) => item === 0)).toBe(true);
      expect(kept[0]).toBe(1);
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      expect(Math.max(...kept)).toBeLessThanOrEqual(1 + (r % 6));
    });
    // Of the 15 items of six rows that are not the first, a fifth is left out.
    const dropped = 2100 - lengths.reduce((sum, n) => sum + n, 0);
    expect(dropped / 1500).toBeGreaterThan(0.17);
    expect(dropped / 1500).toBeLessThan(0.23);
  });

  test("leaves out nothing at 0, all but the first at 1", () => {
    const given = histories(6);
    expect(dropItems(given, 0, Rng.key(1)).items.arraySync()).toEqual(given.items.arraySync());
    const least = dropItems(given, 1, Rng.key(1));
    expect([...least.lengths.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(least.items.arraySync().every((row) => row.join() === "1,0,0,0,0,0")).toBe(true);
  });

  test("is the same compiled, with the types of a history", () => {
    const given = histories(12);
    const compiled = compile((key: tf.Tensor) => dropItems(given, 0.4, key as tf.Tensor1D), { xla: false });
    const [a, b] = [dropItems(given, 0.4, Rng.key(5)), compiled(Rng.key(5))];
    expect([b.items.dtype, b.lengths.dtype]).toEqual(["int32", "int32"]);
    expect(b.items.arraySync()).toEqual(a.items.arraySync());
    expect([...b.lengths.dataSync()]).toEqual([...a.lengths.dataSync()]);
  });
});
