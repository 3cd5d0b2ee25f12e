import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { fmlpRec } from "./fmlprec";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// RecBole 1.2.1 has no FMLP-Rec: PyTorch's rfft, layer_norm and gelu with the same parameters, in float64, on rows padded on the left.
describe("FMLP-Rec against PyTorch", () => {
  const model = () => {
    const built = fmlpRec({ items: 6, windowLength: 4, dimensions: 4, inner: 6, dropout: 0 }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        -1.22597, 0.30125, 2.36087, 0.27211, -1.19829, 0.28679, 2.87272, -0.13123, -1.23333, 0.33876, 2.35144,
        0.23985,
      ],
      { absolute: 3e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 3.6557337, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        -0.00439, 0.00112, 0.00889, 0.0006, 0.40629, -0.10087, -0.94443, 0.03378, 0.00957, -0.32602, 0.59514,
        -0.27091, 0.40007, -0.10687, -0.75239, -0.08263, -0.03788, 0.00905, 0.13168, -0.00106, -0.32887,
        0.09572, 0.60127, 0.05469, -0.32903, 0.04184, 0.97423, -0.0786,
      ],
      { absolute: 3e-5 },
    );
    assertClose(
      gradientOf(built, "blocks.0.filter.real").flatten(),
      [
        -0.09625, 0.39243, 0.05067, -0.93924, -0.45376, 0.01824, -0.02903, 0.04552, -0.01102, -0.00177,
        0.10769, -0.0653,
      ],
      { absolute: 5e-5 },
    );
    assertClose(
      gradientOf(built, "blocks.1.filter.imaginary").flatten(),
      [0.0, 0.0, 0.0, 0.0, -0.0107, 0.06371, -0.28896, 0.01557, 0.0, 0.0, 0.0, 0.0],
      { absolute: 3e-5 },
    );
    const firstColumn = gradientOf(built, "positions.table").slice([0, 0], [4, 1]).flatten();
    assertClose(firstColumn, [-0.2187, -0.0552, 0.3564, 0.0985], { absolute: 1e-4 });
  });
  test("has the authors' number of parameters at their default sizes", () => {
    // 7 × 64 items, 50 × 64 positions, a norm; a block: 26 complex numbers a channel, 64·256 + 256 + 256·64 + 64, two norms
    const block = 2 * 26 * 64 + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const { parameters } = fmlpRec({ items: 6, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 50 * 64 + 2 * 64 + 2 * block);
  });
  test("refuses a history longer than its filters, and a stack of none", () => {
    const short = fmlpRec({ items: 6, windowLength: 3 }, Rng.key(1));
    expect(() => short.encode(toyBatch())).toThrow("histories of 4 items, but the filters are 3 long");
    expect(() => fmlpRec({ items: 6, windowLength: 3, blocks: 0 }, Rng.key(1))).toThrow("at least one block");
  });
});

testSequentialModel("FMLP-Rec", {
  make: ({ items, windowLength, dropout }) =>
    fmlpRec({ items, windowLength, dimensions: 8, inner: 16, dropout, initialDeviation: 0.3 }, Rng.key(5)),
  batches: ["prefix"],
});
