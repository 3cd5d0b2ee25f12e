import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { softplus } from "../../tensor/ops/activations";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { mamba4Rec } from "./mamba4rec";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// The expected numbers are those of the reference code's equations in PyTorch, float64, as a plain loop over time.
describe("Mamba4Rec against the reference", () => {
  const model = (blocks: number) => {
    const built = mamba4Rec({ items: 6, dimensions: 4, states: 3, inner: 6, blocks, dropout: 0 }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  test("forward, one layer without a residual connection", () => {
    assertClose(
      model(1).encode(toyBatch()).flatten(),
      [
        2.75528, 0.41066, -0.77374, -0.1489, 2.77798, 0.24963, -0.82576, 0.20658, 1.3971, 1.22077, -0.67475,
        -0.48411,
      ],
      { absolute: 5e-5 },
    );
  });
  test("forward, two layers with residual connections", () => {
    assertClose(
      model(2).encode(toyBatch()).flatten(),
      [
        1.2775, 2.12752, -0.80246, -0.50689, 0.97304, 2.4184, -0.8107, -0.47172, 1.3265, 2.06527, -0.79563,
        -0.51279,
      ],
      { absolute: 1e-4 },
    );
  });
  test("loss and its gradients", () => {
    const built = model(1);
    assertClose(built.loss(toyBatch(), Rng.key(1)), 3.4592427, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        0.773, 0.26698, -0.26744, -0.07752, -0.16304, 0.18386, -0.04541, -0.05217, 3.28473, 0.51141, -0.2419,
        -3.13677, 0.13661, -0.40571, 0.07948, -0.15571, 0.03265, 0.01501, -0.01214, 0.00197, -0.44513, 0.3398,
        -0.0481, 0.16573, -0.91365, -0.12847, 0.25401, 0.04792,
      ],
      { absolute: 1e-4 },
    );
    assertClose(
      gradientOf(built, "blocks.0.mamba.logDecay").flatten(),
      [
        0.0003, -0.0025, 0.00129, -0.18918, 0.02227, 0.04059, -0.02212, 0.00645, -0.02687, 0.0005, 0.00299,
        -0.00799, -0.02431, -0.03138, -0.02215, 0.0218, -0.02843, -0.00309, -0.00191, -0.24935, 0.01254,
        0.03519, -0.08091, 0.02381,
      ],
      { absolute: 3e-5 },
    );
    assertClose(
      gradientOf(built, "blocks.0.mamba.step.bias"),
      [-0.2066, 0.00169, 0.0454, -0.3796, -0.3883, -0.0253, 0.24821, 0.04071],
      { absolute: 3e-5 },
    );
  });
  test("has the reference's number of parameters at its default sizes", () => {
    // 7 × 64 items, a norm; e = 128: two maps in, 5 of the convolution, 4 + 2·32 selected, Δ from rank 4, 32 decays, D, a map out;
    // a norm; 64·256 + 256 + 256·64 + 64; a norm
    const mamba = 128 * (2 * 64 + 5 + 68 + 5 + 32 + 1 + 64);
    const feedForward = 2 * 64 * 256 + 256 + 64;
    const { parameters } = mamba4Rec({ items: 6 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + mamba + feedForward + 3 * 2 * 64);
  });
  test("Δ starts at softplus(0)", () => {
    const { parameters } = mamba4Rec({ items: 6 }, Rng.key(1));
    assertClose(softplus(parameters.blocks[0].mamba.step.bias!), tf.fill([128], Math.LN2));
  });
  test("refuses to be without blocks", () => {
    expect(() => mamba4Rec({ items: 6, blocks: 0 }, Rng.key(1))).toThrow("at least one block, got 0");
  });
});

for (const blocks of [1, 2]) {
  testSequentialModel(`Mamba4Rec of ${blocks} layer${blocks === 1 ? "" : "s"}`, {
    make: ({ items, dropout, batches }) =>
      mamba4Rec(
        { items, dimensions: 8, states: 4, inner: 16, blocks, dropout, initialDeviation: 0.3, batches },
        Rng.key(5),
      ),
    batches: ["prefix", "position"],
    overfitSteps: 60,
  });
}
