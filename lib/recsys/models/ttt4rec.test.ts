import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";
import { ttt4Rec } from "./ttt4rec";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// The expected numbers are those of the reference code's equations in PyTorch, float64, one token after the other, with the inner
// gradients by autograd.
describe("TTT4Rec against the reference", () => {
  const model = () => {
    const built = ttt4Rec(
      { items: 6, dimensions: 8, heads: 2, miniBatch: 3, inner: 6, dropout: 0 },
      Rng.key(1),
    );
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        -0.08564, -0.3932, 0.05557, -1.11126, 0.39563, -0.35643, 0.17822, -1.14981, -0.80226, 0.40602,
        -0.00734, 0.80728, -0.72591, 0.55104, -0.25244, 0.25746, -0.19842, -0.4159, -0.02974, -1.09661,
        0.31378, -0.46477, 0.15081, -1.18824,
      ],
      { absolute: 5e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 2.359736, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").slice([1, 0], [2, 8]).flatten(),
      [
        0.28097, -0.13399, 0.02454, -0.27341, 0.22409, -0.17952, 0.04723, -0.12866, 0.32589, 0.02905,
        -0.05089, 0.01526, -0.19187, -0.00995, -0.28676, 0.10131,
      ],
      { absolute: 5e-5 },
    );
    assertClose(
      gradientOf(built, "blocks.0.mixer.learningRate.weight").flatten(),
      [
        -0.02092, 0.00018, 0.0224, -0.01103, -0.00131, -0.00287, 0.02289, -0.00254, 0.01185, -0.00369,
        0.00192, -0.00137, 0.01771, -0.01189, -0.01298, 0.0007,
      ],
      { absolute: 5e-5 },
    );
    // The second place's share, max(0, 1/2 + c), is 0.
    assertClose(gradientOf(built, "blocks.0.mixer.placeShift"), [0.10624, 0, -0.06219], { absolute: 5e-5 });
    assertClose(
      gradientOf(built, "blocks.0.mixer.start.contractBias").flatten(),
      [-0.07262, -0.01111, 0.04339, 0.04033, -0.0402, -0.05331, -0.06197, 0.15548],
      { absolute: 5e-5 },
    );
  });
  test("has the reference's parameters at its default sizes", () => {
    // 7 × 64 items, a norm; the layer (see its test); SwiGLU of 256; three root-mean-square norms
    const layer = 4 * 64 * 64 + 4 * 65 + 8 + 4 * (17 * 64 + 65 * 16 + 32) + 128;
    const { parameters } = ttt4Rec({ items: 6 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 128 + layer + 3 * 64 * 256 + 3 * 64);
  });
  test("refuses to be without blocks", () => {
    expect(() => ttt4Rec({ items: 6, blocks: 0 }, Rng.key(1))).toThrow("at least one block, got 0");
  });
});

/** Weaker weights, and the norm behind the inner network bends the loss too much for the step of the differences. */
const SIZES = { dimensions: 8, heads: 2, miniBatch: 3, inner: 16, initialDeviation: 0.5 };

test("the blocks before the last run on all positions: the vector of a history is that of its last one", () => {
  const model = ttt4Rec({ items: 6, blocks: 2, ...SIZES }, Rng.key(5));
  const all = model.encodeAll!(toyBatch());
  const last = [3, 1, 0].map((position, row) => all.slice([row, position, 0], [1, 1, 8]).reshape([1, 8]));
  assertClose(model.encode(toyBatch()), tf.concat(last), { absolute: 1e-5 });
});

testSequentialModel("TTT4Rec", {
  make: ({ items, dropout, batches }) => ttt4Rec({ items, dropout, batches, ...SIZES }, Rng.key(5)),
  batches: ["prefix", "position"],
  overfitSteps: 150,
});
