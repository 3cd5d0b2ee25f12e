import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { sampleTensor } from "../tensor/testing";
import { applyDropout, keyStream } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("dropout", () => {
  test("is the identity without keys and at rate 0", () => {
    const x = sampleTensor([5]);
    expect(applyDropout(x, 0.5, undefined)).toBe(x);
    expect(applyDropout(x, 0, keyStream(Rng.key(7)))).toBe(x);
  });
  test("keeps the mean: an element is 0 or scaled up", () => {
    const values = applyDropout(tf.ones([10000]), 0.25, keyStream(Rng.key(7))).dataSync();
    const kept = [...values].filter((value) => value !== 0);
    expect(Math.abs(kept.length / 10000 - 0.75)).toBeLessThan(0.018); // 4 standard errors
    for (const value of kept) expect(value).toBeCloseTo(4 / 3, 5);
  });
  test("every call takes another key, the same ones again from the same start", () => {
    const draw = () => {
      const keys = keyStream(Rng.key(7));
      return [1, 2].map(() => [...applyDropout(tf.ones([64]), 0.5, keys).dataSync()]);
    };
    const [first, second] = draw();
    expect(first).not.toEqual(second);
    expect(draw()).toEqual([first, second]);
  });
});
