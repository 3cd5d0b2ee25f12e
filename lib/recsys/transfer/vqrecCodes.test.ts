import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { cycleDomain } from "./transferTesting";
import { digitVectors, fakeDigits, itemDigits } from "./vqrecCodes";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const domainOf = (items: number) => cycleDomain({ seed: 1, items, users: 12, events: 7 });
const options = { subVectors: 4, codes: 5, rotations: 2, seed: 3 };

describe("the digits of items", () => {
  test("one row an item and one of zeros for the padding, all digits in 0..K - 1", () => {
    const digits = itemDigits(domainOf(12), options);
    expect(digits.shape).toEqual([13, 4]);
    expect(digits.dtype).toBe("int32");
    const [padding, ...rows] = digits.arraySync();
    expect(padding).toEqual([0, 0, 0, 0]);
    expect(rows.flat().every((digit) => digit >= 0 && digit < 5)).toBe(true);
    expect(new Set(rows.map(String)).size).toBeGreaterThan(5);
  });

  test("the quantiser sees the texts of training items alone", () => {
    // item 13 is in nobody's training part
    const domain = domainOf(13);
    const itemIds = domain.data.itemIds.map((item) => (item === 13 ? 1 : item));
    itemIds[domain.data.offsets[1] - 1] = 13;
    const unseen = (value: number) => {
      const values = domain.text.values.slice().fill(value, 12 * 8);
      return itemDigits(
        { ...domain, data: { ...domain.data, itemIds }, text: { ...domain.text, values } },
        options,
      ).slice([0, 0], [13, 4]);
    };
    expect(unseen(50).arraySync()).toEqual(unseen(-50).arraySync());
  });

  test("where items are fewer than codes, each is its own code", () => {
    const digits = itemDigits(domainOf(12), { ...options, codes: 256 })
      .slice([1, 0], [12, 1])
      .dataSync();
    expect([...digits].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, k) => k));
  });

  test("nothing but the digits stays", () => {
    const domain = domainOf(12);
    itemDigits(domain, options);
    const before = tf.memory().numTensors;
    itemDigits(domain, options);
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

test("an item is the mean of its digits' embeddings", () => {
  const table = tf.tensor3d([1, 2, 3, 4, 10, 20, 30, 40], [2, 2, 2]);
  const digits = tf.tensor2d([0, 1, 1, 1], [2, 2], "int32");
  assertClose(digitVectors(table, digits), [
    [(1 + 30) / 2, (2 + 40) / 2],
    [(3 + 30) / 2, (4 + 40) / 2],
  ]);
  checkGradients((x) => digitVectors(x as tf.Tensor3D, digits), [sampleTensor([2, 2, 3], 1)]);
});

describe("fake items", () => {
  const digits = tf.tensor2d(
    Array.from({ length: 4000 }, (_, i) => [7, i % 8]),
    [4000, 2],
    "int32",
  );

  test("keep a digit or draw it evenly", () => {
    const fakes = fakeDigits(digits, { codes: 8, ratio: 0.75 }, Rng.key(1));
    expect(fakes.dtype).toBe("int32");
    const counts = new Array(8).fill(0);
    for (const digit of gather(fakes.transpose(), tf.tensor1d([0], "int32")).dataSync()) counts[digit]++;
    // 7 stays in a quarter of the rows, and is drawn in 1/8 of the others
    expect(Math.abs(counts[7] / 4000 - (0.25 + 0.75 / 8))).toBeLessThan(0.03);
    for (const count of counts.slice(0, 7)) expect(Math.abs(count / 4000 - 0.75 / 8)).toBeLessThan(0.02);
  });

  test("none at a ratio of 0; the key decides", () => {
    expect(fakeDigits(digits, { codes: 8, ratio: 0 }, Rng.key(1)).arraySync()).toEqual(digits.arraySync());
    const draw = (seed: number) => fakeDigits(digits, { codes: 8, ratio: 1 }, Rng.key(seed)).arraySync();
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
