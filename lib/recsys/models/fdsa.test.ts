import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { type FdsaParameters, fdsa, pooledAttributes } from "./fdsa";
import { fillWithWaves, gradientOf, toyAttributes, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// RecBole's numbers come from items that have two fields of one value each: what its attention weighs are then single attributes.
describe("FDSA against RecBole", () => {
  const model = () => {
    const built = fdsa(
      { items: 6, attributes: toyAttributes(6), windowLength: 4, dimensions: 4, inner: 6, dropout: 0 },
      Rng.key(1),
    );
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        -1.53755, -0.20391, 1.57879, -1.75462, -1.47098, -0.19334, 1.49517, -1.8189, -1.46328, -0.19219,
        1.48557, -1.82572,
      ],
      { absolute: 3e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 3.2325766, { relative: 1e-5 });
    const gradient = (path: string, expected: number[]) =>
      assertClose(gradientOf(built, path).flatten(), expected, { absolute: 3e-5 });
    gradient(
      "items.table",
      [
        -0.02395, -0.00315, 0.0244, -0.02904, 0.4817, 0.06353, -0.48843, 0.59268, -0.06262, 0.01571, -0.01097,
        0.04634, 0.47156, 0.06198, -0.47846, 0.58825, -0.07179, -0.00691, 0.06226, -0.05998, -0.26849,
        -0.03531, 0.27363, -0.324, -0.59355, -0.07602, 0.59569, -0.74506,
      ],
    );
    gradient(
      "attributes.table",
      [
        -0.07819, 0.01594, 0.04393, 0.03547, -0.00925, -0.00316, -0.02014, 0.03044, -0.02824, 0.01021,
        -0.03097, 0.04726, -0.06346, 0.01824, -0.0199, 0.07724, 0.00108, 0.00092, -0.00034, -0.00185,
      ],
    );
    gradient("norm.gain", [0.42434, -0.08431, 0.41996, 0.16942]);
    gradient("pooling.score.weight", [0.02221, -0.01506, 0, 0]);
    const firstColumn = gradientOf(built, "positions.table").slice([0, 0], [4, 1]).flatten();
    assertClose(firstColumn, [-0.14353, -0.09965, 0.00079, 0.00165], { absolute: 3e-5 });
  });
  test("has RecBole's number of parameters at its default sizes", () => {
    const block = 4 * (64 * 64 + 64) + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const pooling = 64 * 64 + 64 + 64 + 1;
    const { parameters } = fdsa({ items: 6, attributes: toyAttributes(6), windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(
      7 * 64 + 50 * 64 + 5 * 64 + 2 * 64 + pooling + 4 * block + 2 * 64 * 64 + 64,
    );
  });
});

describe("attribute pooling", () => {
  test("equals its equations in plain loops, for one, several and no attributes", () => {
    const { parameters } = fdsa(
      { items: 6, attributes: toyAttributes(6), windowLength: 4, dimensions: 4, initialDeviation: 1 },
      Rng.key(3),
    );
    const rows = [
      [0, 1, 0, 0, 0],
      [1, 0, 1, 1, 0],
      [0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
    ];
    const flags = tf.tensor3d([rows]);
    assertClose(pooledAttributes(parameters, flags), [rows.map((row) => pooled(parameters, row))]);
  });

  function pooled({ attributes, pooling }: FdsaParameters, row: number[]): number[] {
    const table = attributes.table.arraySync() as number[][];
    const [hidden, score] = [pooling.hidden, pooling.score].map(
      ({ weight }) => weight.arraySync() as number[][],
    );
    const bias = [...pooling.hidden.bias!.dataSync()];
    const energy = table.map((vector) =>
      bias.reduce((sum, b, column) => {
        const value = vector.reduce((total, x, i) => total + x * hidden[i][column], b);
        return sum + Math.max(0, value) * score[column][0];
      }, pooling.score.bias!.dataSync()[0]),
    );
    const weights = row.map((flag, a) => flag * Math.exp(energy[a]));
    const total = weights.reduce((a, b) => a + b) || 1;
    return table[0].map((_, c) =>
      weights.reduce((sum, weight, a) => sum + (weight / total) * table[a][c], 0),
    );
  }
});

test("FDSA refuses attributes of other items, and stacks of none", () => {
  const options = { items: 6, attributes: toyAttributes(5), windowLength: 4 };
  expect(() => fdsa(options, Rng.key(1))).toThrow(
    "5 attributes of 6 items and of padding make 35 flags, not 30",
  );
  expect(() => fdsa({ ...options, items: 5, blocks: 0 }, Rng.key(1))).toThrow("at least one block");
});

testSequentialModel("FDSA", {
  make: ({ items, windowLength, dropout, batches }) =>
    fdsa(
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
});
