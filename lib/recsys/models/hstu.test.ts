import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import type { SequenceInput } from "../batches";
import { testSequentialModel } from "./contract";
import { hstu } from "./hstu";
import { toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { dimensions: 8, heads: 2, initialDeviation: 0.3 };
const GAPS = [0, 0.5, 2, 0, 1]; // days; the last one leads to the target

/** One history's first n items, with the gap to the item that follows. */
function prefix(n: number, gaps: readonly number[] = GAPS): SequenceInput {
  const upTo = (values: readonly number[], count: number) =>
    values.map((value, i) => (i < count ? value : 0));
  return {
    items: tf.tensor2d([upTo([3, 1, 5, 2], n)], [1, 4], "int32"),
    gaps: tf.tensor2d([upTo(gaps, n + 1)]),
    lengths: tf.tensor1d([n], "int32"),
    users: tf.tensor1d([0], "int32"),
  };
}

describe.each([false, true])("HSTU, serving time %s", (servingTime) => {
  const model = () => hstu({ items: 6, windowLength: 4, dropout: 0, servingTime, ...SIZES }, Rng.key(2));

  test("one pass over a window gives each prefix's vector", () => {
    const built = model();
    const all = built.encodeAll!(prefix(4));
    for (const n of [1, 2, 3, 4]) {
      assertClose(all.slice([0, n - 1, 0], [1, 1, 8]).reshape([1, 8]), built.encode(prefix(n)), {
        absolute: 1e-5,
      });
    }
  });

  test("only with it does the time of prediction matter; past times always do", () => {
    const built = model();
    const moved = (gaps: number[]) =>
      built
        .encode(prefix(4, gaps))
        .sub(built.encode(prefix(4)))
        .abs()
        .max()
        .dataSync()[0];
    if (servingTime) expect(moved([0, 0.5, 2, 0, 30])).toBeGreaterThan(1e-4);
    else expect(moved([0, 0.5, 2, 0, 30])).toBe(0);
    expect(moved([0, 0.5, 0.1, 0, 1])).toBeGreaterThan(1e-4);
  });
});

describe("HSTU", () => {
  const model = (options = {}) =>
    hstu({ items: 6, windowLength: 4, dropout: 0, ...SIZES, ...options }, Rng.key(2));

  test("scores are cosines over the temperature", () => {
    const built = model({ temperature: 0.5 });
    const vectors = built.encode(toyBatch());
    assertClose(vectors.square().sum(1), [1, 1, 1]);
    const { table } = built.parameters.items;
    const items = table.div(table.norm("euclidean", 1, true)) as tf.Tensor2D;
    const expected = tf.matMul(vectors, items, false, true).mul(2);
    assertClose(built.score(toyBatch()).slice([0, 1], [3, 6]), expected.slice([0, 1], [3, 6]));
  });

  test("the negatives come from the key", () => {
    const built = model({ negatives: 2, batches: "prefix" });
    const loss = (seed: number) => built.loss(toyBatch(), Rng.key(seed)).dataSync()[0];
    expect(loss(1)).toBe(loss(1));
    expect(new Set([1, 2, 3, 4].map(loss)).size).toBeGreaterThan(1);
    const all = model({ batches: "prefix" });
    assertClose(all.loss(toyBatch(), Rng.key(1)), all.loss(toyBatch(), Rng.key(2)));
  });

  test("has the authors' parameters, and half their position biases", () => {
    const block = 5 * 64 * 64 + 64 + 50 + 129;
    const { parameters } = hstu({ items: 6, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 50 * 64 + 2 * block);
  });

  test("refuses a history longer than its position table", () => {
    expect(() => model({ windowLength: 3 }).encode(toyBatch())).toThrow(
      "histories of 4 items, but the position table holds 3",
    );
  });
});

testSequentialModel("HSTU", {
  make: ({ items, windowLength, dropout, batches }) =>
    hstu({ items, windowLength, dropout, batches, negatives: items / 2, ...SIZES }, Rng.key(5)),
  batches: ["position", "prefix"],
  overfitSteps: 400,
});
