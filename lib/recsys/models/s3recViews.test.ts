import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { absentItems, type PretrainingViews, pretrainingViews } from "./s3recViews";
import type { TrainingBatch } from "./sequentialModel";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [V, L, B] = [40, 12, 64];
const MASK = V + 1;

/** Histories of 1 to L items. */
function histories(weight: (row: number) => number = () => 1) {
  const lengths = Array.from({ length: B }, (_, row) => 1 + (row % L));
  const items = lengths.map((n, row) =>
    Array.from({ length: L }, (_, i) => (i < n ? 1 + ((row * 7 + i * 11) % V) : 0)),
  );
  const batch: Pick<TrainingBatch, "items" | "lengths" | "weights"> = {
    items: tf.tensor2d(items, [B, L], "int32"),
    lengths: tf.tensor1d(lengths, "int32"),
    weights: tf.tensor1d(lengths.map((_, row) => weight(row))),
  };
  return { batch, items, lengths };
}

type Name = keyof PretrainingViews;
function draw(seed: number, batch = histories().batch, maskRatio = 0.2): Record<Name, number[][]> {
  const views = pretrainingViews(batch, { items: V, maskRatio }, keyStream(Rng.key(seed)));
  const entries = Object.entries(views) as [Name, tf.Tensor2D][];
  return Object.fromEntries(entries.map(([name, view]) => [name, view.arraySync()])) as Record<
    Name,
    number[][]
  >;
}

describe("views of histories for S3-Rec", () => {
  test("mask a share of the items, never padding", () => {
    const { items, lengths } = histories();
    const total = lengths.reduce((a, b) => a + b);
    let count = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { masked } = draw(seed);
      count += masked.flat().filter((item) => item === MASK).length;
      expect(
        masked.map((row, r) => row.map((item, i) => (item === MASK && i < lengths[r] ? items[r][i] : item))),
      ).toEqual(items);
    }
    expect(Math.abs(count / (20 * total) - 0.2)).toBeLessThan(0.02); // 5 standard deviations
    expect(draw(1, undefined, 0).masked).toEqual(items);
  });

  test("cut one segment of 1 to n/2 items out of each history, all lengths and places", () => {
    const { items, lengths } = histories();
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const { context, segment, foreign } = draw(seed);
      items.forEach((row, r) => {
        const n = lengths[r];
        const inside = context[r].flatMap((item, i) => (item === MASK ? [i] : []));
        const [start, size] = [inside[0] ?? 0, inside.length];
        expect(size).toBeLessThanOrEqual(n / 2);
        expect(size).toBeGreaterThanOrEqual(Math.min(1, Math.floor(n / 2)));
        expect(inside).toEqual(inside.map((_, k) => start + k)); // in one piece
        if (n === 6) seen.add(`${size}@${start}`);
        const cut = (inner: number[], outer: number[]) =>
          row.map((_, i) => (inside.includes(i) ? inner : outer)[i]);
        const around = row.map((item) => (item === 0 ? 0 : MASK));
        expect(context[r]).toEqual(cut(around, row));
        expect(segment[r]).toEqual(cut(row, around));
        expect(foreign[r]).toEqual(cut(foreign[r], around));
        expect(inside.every((i) => foreign[r][i] >= 1 && foreign[r][i] <= V)).toBe(true);
      });
    }
    expect(seen.size).toBe(6 + 5 + 4); // lengths 1, 2, 3 of 6
  });

  test("take a foreign segment in one piece from the histories one after the other, of rows that count", () => {
    const { batch, items } = histories((row) => (row % 3 === 0 ? 0 : 1));
    const strung = items.filter((_, row) => row % 3 !== 0).flatMap((row) => row.filter((item) => item > 0));
    const text = `,${strung.join(",")},`;
    for (let seed = 0; seed < 5; seed++) {
      draw(seed, batch).foreign.forEach((row, r) => {
        const piece = row.filter((item) => item !== MASK && item !== 0);
        if (piece.length > 0) expect(text, `row ${r}`).toContain(`,${piece.join(",")},`);
      });
    }
  });

  test("depend on the key alone, compiled as well", () => {
    const { batch } = histories();
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const traced = compile(
      (key: tf.Tensor1D) => pretrainingViews(batch, { items: V, maskRatio: 0.2 }, keyStream(key)),
      { xla: false },
    );
    const { foreign, negatives } = traced(Rng.key(3));
    expect(foreign.arraySync()).toEqual(draw(3).foreign);
    expect(negatives.arraySync()).toEqual(draw(3).negatives);
    traced.dispose();
  });
});

describe("absent items", () => {
  test("are every item that a history lacks, equally often; duplicates and padding do not matter", () => {
    const row = [2, 5, 2, 6, 0, 0];
    const many = tf.tensor2d(Array<number[]>(500).fill(row), [500, 6], "int32");
    const counts = new Map<number, number>();
    for (const item of absentItems(many, 7, Rng.key(1)).dataSync())
      counts.set(item, (counts.get(item) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([1, 3, 4, 7]);
    for (const count of counts.values()) expect(Math.abs(count / 3000 - 1 / 4)).toBeLessThan(0.04); // 5 deviations
  });
  test("end at the last item where a history has all", () => {
    const all = tf.tensor2d([[3, 1, 2]], [1, 3], "int32");
    expect([...absentItems(all, 3, Rng.key(1)).dataSync()]).toEqual([3, 3, 3]);
  });
});
