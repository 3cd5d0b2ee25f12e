import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { s3Rec } from "./s3rec";
import { fillWithWaves, gradientOf, toyAttributes, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("S3-Rec against RecBole, second stage", () => {
  const SIZES = { dimensions: 4, heads: 2, inner: 6, dropout: 0 };
  const model = () => {
    const built = s3Rec({ items: 6, attributes: toyAttributes(6), windowLength: 4, ...SIZES }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  test("forward, loss and its gradients", () => {
    const built = model();
    assertClose(
      built.encode(toyBatch()).flatten(),
      [
        -0.44919, -0.05654, -1.51453, 1.60227, -0.4495, -0.05638, -1.51473, 1.60244, -0.38147, -0.03706,
        -1.58906, 1.42768,
      ],
      { absolute: 3e-5 },
    );
    assertClose(built.loss(toyBatch(), Rng.key(1)), 2.259426, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        -0.04189, -0.00486, -0.15237, 0.15186, 0.05849, 0.00022, 0.22634, -0.23372, -0.03929, -0.02462,
        -0.39696, 0.3432, 0.0296, -0.00208, 0.19117, -0.12992, -0.0491, -0.00493, -0.21471, 0.2051, -0.02555,
        -0.00464, -0.09862, 0.09861, 0.11914, 0.03163, 0.44382, -0.46881, -0.00645, -0.00076, -0.02322,
        0.02332,
      ],
      { absolute: 3e-5 },
    );
    const firstColumn = gradientOf(built, "positions.table").slice([0, 0], [4, 1]).flatten();
    assertClose(firstColumn, [0.01755, -0.03086, 0.00214, 0.05612], { absolute: 3e-5 });
  });
  test("has RecBole's number of parameters at its default sizes", () => {
    const block = 4 * (64 * 64 + 64) + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const { parameters } = s3Rec({ items: 6, attributes: toyAttributes(6), windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(
      8 * 64 + 50 * 64 + 5 * 64 + 2 * 64 + 2 * block + 4 * (64 * 64 + 64),
    );
  });
});
test("S3-Rec refuses attributes of other items, and a stack of none", () => {
  const options = { items: 6, attributes: toyAttributes(5), windowLength: 4 };
  expect(() => s3Rec(options, Rng.key(1))).toThrow(
    "5 attributes of 6 items and of padding make 35 flags, not 30",
  );
  expect(() => s3Rec({ ...options, items: 5, blocks: 0 }, Rng.key(1))).toThrow("at least one block");
});

testSequentialModel("S3-Rec", {
  make: ({ items, windowLength, dropout, batches }) =>
    s3Rec(
      {
        items,
        attributes: toyAttributes(items),
        windowLength,
        dimensions: 8,
        blocks: 1,
        inner: 16,
        dropout,
        initialDeviation: 0.3,
        batches,
      },
      Rng.key(5),
    ),
  batches: ["prefix", "position"],
  unreached: /^(attributes|pretraining)\./,
});
