import { describe, expect, it } from "vitest";
import { Rng, tf } from ".";
import { randomBits, randomFlags } from "./rngKeys";
import { philoxStream } from "./rngPhilox";

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());

describe("keys of the random generator", () => {
  it("holds a seed in two words, the lower one first", () => {
    expect(numbers(Rng.key(5))).toEqual([5, 0]);
    expect(numbers(Rng.key(2 ** 32 + 7))).toEqual([7, 1]);
    expect(numbers(Rng.key(2 ** 53 - 1))).toEqual([-1, 2 ** 21 - 1]);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses the seed %s", (seed) => {
    expect(() => Rng.key(seed)).toThrow(/no whole number/);
  });

  it("refuses what is no key", () => {
    expect(() => Rng.uniform(tf.tensor1d([1, 2]))).toThrow(/key is an int32 tensor \[2\], not float32/);
    expect(() => Rng.split(tf.tensor1d([1, 2, 3], "int32"))).toThrow(/\[3\]/);
    expect(() => Rng.foldIn(Rng.key(0), 2 ** 31)).toThrow(/2147483648 is no whole number of 32 bits/);
    expect(() => Rng.foldIn(Rng.key(0), tf.scalar(1.5))).toThrow(/int32 scalar/);
  });

  it("splits into keys that do not depend on how many there are", () => {
    const three = Rng.split(Rng.key(1), 3).map(numbers);
    expect(Rng.split(Rng.key(1), 5).map(numbers).slice(0, 3)).toEqual(three);
    expect(new Set(three.map(String)).size).toBe(3);
  });

  it("draws keys, folded keys and numbers from streams of their own", () => {
    const key = [3, -4];
    const from = tf.tensor1d(key, "int32");
    expect(Rng.split(from, 3).flatMap(numbers)).toEqual(Array.from(philoxStream(key, 6, [1, 0])));
    expect(numbers(Rng.foldIn(from, 9))).toEqual(Array.from(philoxStream(key, 2, [2, 9])));
    expect(numbers(randomBits(from, [5], 0xff))).toEqual(
      Array.from(philoxStream(key, 5), (word) => word & 0xff),
    );
  });

  it("draws flags from the bytes of words where 8 bits hold the probability, else from their halves", () => {
    const key = [3, -4];
    const words = Array.from(philoxStream(key, 3));
    const parts = (bits: number) =>
      words.flatMap((word) =>
        Array.from({ length: 32 / bits }, (_, i) => (word >>> (i * bits)) & (2 ** bits - 1)),
      );
    const flags = (size: number, probability: number) =>
      numbers(randomFlags(tf.tensor1d(key, "int32"), [size], probability));
    const below = (bits: number, bound: number) => parts(bits).map((part) => (part < bound ? 1 : 0));
    expect(flags(12, 0.5)).toEqual(below(8, 128));
    expect(flags(11, 0.25)).toEqual(below(8, 64).slice(0, 11));
    expect(flags(6, 0.3)).toEqual(below(16, Math.round(0.3 * 2 ** 16)));
    expect(flags(5, 0.3)).toEqual(below(16, Math.round(0.3 * 2 ** 16)).slice(0, 5));
  });

  it.each([1, 1 - 2 ** -20])("draws flags that are all true at probability %s", (probability) => {
    expect(tf.all(randomFlags(Rng.key(1), [1001], probability)).dataSync()[0]).toBe(1);
  });

  it.each([0.5, 0.75, 0.3, 0.9])("draws flags that are true with probability %s", (probability) => {
    const [n, deviations] = [200_000, 4];
    const share = tf.mean(tf.cast(randomFlags(Rng.key(2), [n], probability), "float32")).dataSync()[0];
    expect(Math.abs(share - probability)).toBeLessThan(
      deviations * Math.sqrt((probability * (1 - probability)) / n),
    );
  });

  it("folds numbers and tensors in alike, and apart from each other and from split", () => {
    const key = Rng.key(3);
    const folded = [0, 1, 2, -1].map((data) => numbers(Rng.foldIn(key, data)));
    expect(numbers(Rng.foldIn(key, tf.scalar(2, "int32")))).toEqual(folded[2]);
    const all = [...folded, ...Rng.split(key, 4).map(numbers), numbers(Rng.foldIn(Rng.key(4), 0))];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });

  it("gives an example the same numbers in whatever batch it is", () => {
    const rows = (examples: number[]) =>
      examples.map((example) => numbers(Rng.normal(Rng.foldIn(Rng.key(9), example), [4])));
    const [first, second] = rows([7, 8]);
    expect(rows([8, 1, 7])).toEqual([second, rows([1])[0], first]);
  });
});
