import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import type { SequenceInput } from "../batches";
import { testSequentialModel } from "./contract";
import { toyBatch } from "./testing";
import { tiSasRec } from "./tisasrec";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { dimensions: 8, heads: 2, inner: 16, initialDeviation: 0.3 };
const ITEMS = [3, 1, 5, 2];
const GAPS = [0, 0.5, 2, 0, 1]; // days; the last one leads to the target

/** One history's first n items, with the gap to the item that follows. */
function prefix(n: number, gaps: readonly number[] = GAPS): SequenceInput {
  const upTo = (values: readonly number[], count: number) =>
    values.map((value, i) => (i < count ? value : 0));
  return {
    items: tf.tensor2d([upTo(ITEMS, n)], [1, 4], "int32"),
    gaps: tf.tensor2d([upTo(gaps, n + 1)]),
    lengths: tf.tensor1d([n], "int32"),
    users: tf.tensor1d([0], "int32"),
  };
}

describe.each([false, true])("TiSASRec, serving time %s", (servingTime) => {
  const model = () => tiSasRec({ items: 6, windowLength: 4, dropout: 0, servingTime, ...SIZES }, Rng.key(2));

  test("one pass over a window gives each prefix's vector", () => {
    const built = model();
    const all = built.encodeAll!(prefix(4));
    for (const n of [1, 2, 3, 4]) {
      assertClose(all.slice([0, n - 1, 0], [1, 1, 8]).reshape([1, 8]), built.encode(prefix(n)), {
        absolute: 1e-5,
      });
    }
  });

  test("only with it does the time of prediction matter", () => {
    const built = model();
    const moved = built.encode(prefix(4, [0, 0.5, 2, 0, 30]));
    const difference = moved
      .sub(built.encode(prefix(4)))
      .abs()
      .max()
      .dataSync()[0];
    if (servingTime) expect(difference).toBeGreaterThan(1e-3);
    else expect(difference).toBe(0);
  });
});

describe("TiSASRec", () => {
  const model = (options = {}) =>
    tiSasRec({ items: 6, windowLength: 4, dropout: 0, ...SIZES, ...options }, Rng.key(2));

  test("tells histories apart by their times alone, but not by the clock's unit", () => {
    const built = model();
    const vector = built.encode(prefix(4));
    const other = built.encode(prefix(4, [0, 2, 0.5, 0, 1]));
    expect(other.sub(vector).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
    // Intervals count in the user's own smallest gap: twice as slow a user looks the same.
    assertClose(
      built.encode(
        prefix(
          4,
          GAPS.map((gap) => 2 * gap),
        ),
      ),
      vector,
    );
  });

  test("is SASRec's block around its attention: with empty tables the order of a user's times does not matter", () => {
    const built = model();
    for (const name of ["intervalKeys", "intervalValues"] as const) {
      const { table } = built.parameters[name];
      table.assign(tf.zeros(table.shape));
    }
    assertClose(built.encode(prefix(4, [0, 2, 0.5, 0, 1])), built.encode(prefix(4)));
  });

  test("has SASRec's parameters, a second position table, and 257 rows for intervals twice", () => {
    const block = 4 * (64 * 64 + 64) + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const { parameters } = tiSasRec({ items: 6, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 2 * 50 * 64 + 2 * 257 * 64 + 2 * 64 + 2 * block);
  });

  test("refuses a history longer than its position tables, and a stack of none", () => {
    const short = model({ windowLength: 3 });
    expect(() => short.encode(toyBatch())).toThrow("histories of 4 items, but the position tables hold 3");
    expect(() => model({ blocks: 0 })).toThrow("at least one block");
  });
});

testSequentialModel("TiSASRec", {
  make: ({ items, windowLength, dropout, batches }) =>
    tiSasRec({ items, windowLength, dropout, batches, largestInterval: 8, ...SIZES }, Rng.key(5)),
  batches: ["prefix", "position"],
  overfitSteps: 100,
});
