import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { sasRec } from "./sasrec";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("SASRec against RecBole", () => {
  const model = () => {
    const built = sasRec(
      { items: 6, windowLength: 4, dimensions: 4, heads: 2, inner: 6, dropout: 0 },
      Rng.key(1),
    );
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        -0.44919, -0.05654, -1.51453, 1.60227, -0.4495, -0.05638, -1.51473, 1.60244, -0.38147, -0.03706,
        -1.58906, 1.42768,
      ],
      { absolute: 3e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 2.2442234, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        -0.04253, -0.00494, -0.1547, 0.15419, 0.0572, 2e-5, 0.22202, -0.22926, -0.04051, -0.02488, -0.40292,
        0.34885, 0.02813, -0.00228, 0.18595, -0.12463, -0.05005, -0.00505, -0.21788, 0.20837, -0.02596,
        -0.00469, -0.10013, 0.10013, 0.11907, 0.03152, 0.44324, -0.46825,
      ],
      { absolute: 3e-5 },
    );
    const firstColumn = gradientOf(built, "positions.table").slice([0, 0], [4, 1]).flatten();
    assertClose(firstColumn, [0.01754, -0.03082, 0.00216, 0.05648], { absolute: 3e-5 });
  });
  test("has RecBole's number of parameters at its default sizes", () => {
    // 7 × 64 items, 50 × 64 positions, a norm; a block: 4 (64² + 64), 64·256 + 256 + 256·64 + 64, two norms
    const block = 4 * (64 * 64 + 64) + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const { parameters } = sasRec({ items: 6, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 50 * 64 + 2 * 64 + 2 * block);
  });
  test("refuses a history longer than its position table", () => {
    const short = sasRec({ items: 6, windowLength: 3 }, Rng.key(1));
    expect(() => short.encode(toyBatch())).toThrow("histories of 4 items, but the position table holds 3");
  });
});

testSequentialModel("SASRec", {
  make: ({ items, windowLength, dropout, batches }) =>
    sasRec(
      { items, windowLength, dimensions: 8, inner: 16, dropout, initialDeviation: 0.3, batches },
      Rng.key(5),
    ),
  batches: ["prefix", "position"],
});
