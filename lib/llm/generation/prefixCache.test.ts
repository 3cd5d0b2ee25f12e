import { expect, test } from "vitest";
import { tf } from "../../tensor";
import { type PrefixCache, prefixCache } from "./prefixCache";

/** A cache of readings that take one byte a token. */
function scene(maxBytes: number) {
  const disposed: string[] = [];
  const cache = prefixCache({ maxBytes, bytesOf: (tokens) => tokens, fewestShared: 2 });
  const keep = (...tokens: number[]) =>
    cache.keep({
      tokens,
      logits: tf.tensor2d([[0]]),
      state: { lengths: [tokens.length], dispose: () => disposed.push(tokens.join("")) },
    });
  return { cache, keep, disposed };
}

function found(cache: PrefixCache, ...tokens: number[]): string | undefined {
  const prefix = cache.longest(tokens);
  prefix?.lease.release();
  return prefix && `${prefix.lease.tokens.join("")}:${prefix.shared}`;
}

test("finds the reading with the longest common beginning, and of two the one that ends there", () => {
  const { cache, keep } = scene(100);
  for (const tokens of [
    [1, 2, 3, 4, 5],
    [1, 2, 3],
    [1, 2, 9, 9],
    [7, 7, 7],
  ])
    keep(...tokens).release();
  expect(found(cache, 1, 2, 3, 4, 9)).toBe("12345:4");
  expect(found(cache, 1, 2, 3)).toBe("123:3");
  expect(found(cache, 1, 2, 9)).toBe("1299:3");
  expect(found(cache, 1, 5)).toBeUndefined(); // one token is too few
  expect(found(cache, 7, 7, 7, 1)).toBe("777:3");
  cache.dispose();
});

test("keeps what was used last, within its bound", () => {
  const { cache, keep, disposed } = scene(9);
  keep(1, 1, 1).release();
  keep(2, 2, 2).release();
  keep(3, 3, 3).release();
  expect(found(cache, 1, 1)).toBe("111:2");
  keep(4, 4, 4).release();
  expect([disposed, cache.bytes]).toEqual([["222"], 9]);
  keep(...Array<number>(10).fill(5)).release(); // more than all of it
  expect([disposed.length, cache.bytes]).toEqual([5, 0]);
});

test("frees a reading when it is neither kept nor leased", () => {
  const before = tf.memory().numTensors;
  const { cache, keep, disposed } = scene(0);
  const lease = keep(1, 2, 3);
  expect([disposed, cache.bytes]).toEqual([[], 0]);
  expect(lease.logits.isDisposed).toBe(false);
  lease.release();
  lease.release();
  expect(disposed).toEqual(["123"]);

  const roomy = scene(100);
  const held = roomy.keep(1, 2);
  const again = roomy.keep(1, 2); // takes its place
  expect(roomy.disposed).toEqual([]);
  held.release();
  expect(roomy.disposed).toEqual(["12"]);
  roomy.cache.dispose();
  again.release();
  expect(roomy.disposed).toEqual(["12", "12"]);
  expect(tf.memory().numTensors).toBe(before);
});
