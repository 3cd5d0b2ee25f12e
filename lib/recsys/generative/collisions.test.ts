import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { collisionRate } from "./codeStatistics";
import { collisionDigits, reassignCollisions } from "./collisions";
import { itemCodes } from "./itemCodes";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("collision digits", () => {
  test("count the items of a tuple from 0, in the order of the items", () => {
    const codes = itemCodes(Int32Array.of(1, 2, 0, 3, 1, 2, 1, 2, 2, 1), 2, 4);
    expect([...collisionDigits(codes, 3)]).toEqual([0, 0, 1, 2, 0]);
  });
  test("with the digit every item has a tuple of its own, so that the inverse map exists", () => {
    const values = Int32Array.from({ length: 60 * 3 }, (_, k) => (k * k) % 3);
    const codes = itemCodes(values, 3, 3);
    const digits = collisionDigits(codes, 60);
    const itemOf = new Map<string, number>();
    for (let item = 0; item < 60; item++)
      itemOf.set([...values.subarray(item * 3, item * 3 + 3), digits[item]].join(), item);
    expect(itemOf.size).toBe(60);
    expect(collisionRate(codes)).toBeGreaterThan(0);
  });
  test("more items than the digit has values are an error", () => {
    const codes = itemCodes(Int32Array.of(0, 0, 0, 0, 0, 0), 2, 1);
    expect(() => collisionDigits(codes, 2)).toThrow("3 items have the codes (0,0), more than the digit's 2");
  });
});

describe("re-assignment inside collision groups", () => {
  const codebook = () =>
    tf.tensor2d([
      [0, 0],
      [1, 0],
      [0, 1],
    ]);
  test("the item that loses least moves; the others and the first levels stay", () => {
    const codes = itemCodes(Int32Array.of(0, 0, 0, 0, 1, 0), 2, 3);
    const residuals = tf.tensor2d([
      [0.1, 0],
      [0.4, 0],
      [0.2, 0.3],
    ]);
    const before = tf.memory().numTensors;
    const result = reassignCollisions(codes, residuals, codebook());
    expect([...result.values.subarray(0, 2)]).toEqual([0, 0]);
    expect([...result.values.subarray(2, 4)]).toEqual([0, 1]);
    expect([...result.values.subarray(4)]).toEqual([1, 0]);
    expect([...codes.values]).toEqual([0, 0, 0, 0, 1, 0]);
    expect(tf.memory().numTensors).toBe(before + 1); // the codebook of this call
  });
  test("identical items keep their collision when the rounds are over", () => {
    const codes = itemCodes(Int32Array.of(0, 0, 0, 0), 2, 3);
    const same = tf.tensor2d([
      [0.1, 0.2],
      [0.1, 0.2],
    ]);
    expect(collisionRate(reassignCollisions(codes, same, codebook(), { rounds: 3 }))).toBe(0.5);
  });
  test("another number of residuals is refused", () => {
    const codes = itemCodes(Int32Array.of(0, 0), 2, 3);
    expect(() => reassignCollisions(codes, tf.zeros([2, 2]), codebook())).toThrow("1 items, but 2 residuals");
  });
});
