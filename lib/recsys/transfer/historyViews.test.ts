import { afterEach, beforeEach, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { historyViews } from "./historyViews";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** The text of item i is i, its thinned text -i. */
const content = () => {
  const text = tf.range(0, 6).expandDims<tf.Tensor2D>(1);
  return { text, thinnedText: text.neg() };
};
const histories = () => ({
  items: tf.tensor2d([1, 2, 3, 4, 5, 0], [2, 3], "int32"),
  lengths: tf.tensor1d([3, 2], "int32"),
});
const view = (seed: number, itemDropShare: number, thinned = true) => {
  const { thinnedText, text } = content();
  const options = { dropRatio: 0.5, itemDropShare };
  const made = historyViews(
    histories(),
    thinned ? { text, thinnedText } : { text },
    options,
    keyStream(Rng.key(seed)),
  );
  return { items: made.items.arraySync(), lengths: made.lengths.arraySync(), text: made.text.arraySync() };
};

test("a view without some items: what is left, its texts, its length", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 16; seed++) {
    const { items, lengths, text } = view(seed, 1);
    expect(text).toEqual(items.map((row) => row.map((item) => [item])));
    expect(items.map((row) => row.filter((item) => item > 0).length)).toEqual(lengths);
    expect(items.map(([first]) => first)).toEqual([1, 4]);
    seen.add(String(items[0]));
  }
  expect(seen).toEqual(new Set(["1,0,0", "1,2,0", "1,3,0", "1,2,3"]));
});

test("a view with thinned texts: all items, some texts changed", () => {
  let thin = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { items, lengths, text } = view(seed, 0);
    expect(items).toEqual(histories().items.arraySync());
    expect(lengths).toEqual([3, 2]);
    text.flat(2).forEach((value, k) => {
      expect(Math.abs(value)).toBe(items.flat()[k]);
      if (value < 0) thin++;
    });
  }
  expect(thin).toBeGreaterThan(30); // of 100 texts, half
  expect(thin).toBeLessThan(70);
});

test("one in so many batches is thinned; without thinned texts, none", () => {
  const isThin = (seed: number, thinned?: boolean) =>
    view(seed, 0.5, thinned)
      .text.flat(2)
      .some((value) => value < 0);
  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  const share = seeds.filter((seed) => isThin(seed)).length / 24;
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.75);
  expect(seeds.slice(0, 6).some((seed) => isThin(seed, false))).toBe(false);
});
