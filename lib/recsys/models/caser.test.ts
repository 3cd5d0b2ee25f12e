import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters, variables } from "../../tensor/tree";
import { caser } from "./caser";
import { testSequentialModel } from "./contract";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOY = { items: 6, users: 3, windowLength: 4, dimensions: 4 } as const;

describe("Caser against RecBole", () => {
  const model = () => {
    const built = caser(
      { ...TOY, verticalFilters: 2, horizontalFilters: 2, dropout: 0, regularization: 0.1 },
      Rng.key(1),
    );
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [0.660037, 0, 0.802715, 5.469571, 0, 0, 1.453612, 3.308754, 0.387018, 0, 0.622696, 3.757879],
      { absolute: 3e-6 },
    );
  });
  test("loss, penalty included, and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 5.580675, { relative: 1e-6 });
    const gradients: [string, number[]][] = [
      [
        "items.table",
        [
          0.023996, 0.01149, -0.021403, 0.012715, 0.22677, -0.190149, -0.681119, -0.959501, 0.241998,
          -0.069602, 0.024423, 0.520155, 0.171138, -0.041844, 0.023428, 0.377789, 0.331405, 0.014782,
          0.320412, 1.537122, 0.039914, -0.332614, 0.235037, 1.098599, -0.355495, -0.137648, -0.217961,
          -1.632004,
        ],
      ],
      [
        "users.table",
        [
          -0.472983, -0.482355, -0.323863, -0.019708, 0.221364, 0.055123, -0.055999, -0.124184, 0.133488,
          0.075473, 0.076752, 0.046139,
        ],
      ],
      [
        "vertical.weight",
        [-0.104698, -0.061552, -0.119516, 0.180584, 0.094208, -0.317878, 0.135443, -0.030647],
      ],
      [
        "horizontal.weight",
        [
          -0.069256, 0.005805, 0.06776, -0.023266, -0.014373, 0.123362, -0.017416, -0.118875, 0.09204,
          0.087414, -0.114565, -0.057892, 0.110626, 0.084856, -0.132493, -0.050714, 0.130386, 0.030422,
          -0.138225, 0.005197, 0.156601, 0.044603, -0.168095, -0.001287, 0.075732, -0.179914, -0.02937,
          0.187483, 0.051521, -0.079242, -0.031101, 0.087256, 0.001902, -0.105127, 0.025188, 0.098637,
          0.08862, -0.207243, -0.035215, 0.216318, 0.121182, -0.045536, -0.109448, 0.07374, -0.072548,
          -0.131905, 0.106538, 0.104451, -0.025997, 0.032727, 0.017563, -0.037253, 0.00166, 0.030013,
          -0.009394, -0.027592, -0.028755, 0.01366, 0.025235, -0.020162, -0.01617, 0.012945, 0.012834,
          -0.016252, 0.059704, -0.083057, -0.038301, 0.092927, 0.12705, -0.018796, -0.122207, 0.050287,
          -0.060412, -0.132661, 0.094597, 0.108284, 0.109313, -0.105989, -0.082001, 0.12712,
        ],
      ],
      ["output.bias", [0.223705, 0, 0.115198, 0.254388]],
    ];
    for (const [path, expected] of gradients)
      assertClose(gradientOf(built, path).flatten(), expected, { absolute: 3e-6 }, path);
  });
  test("has RecBole's number of parameters at its default sizes, but for the padding user", () => {
    const { parameters } = caser({ items: 1016, users: 939, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(828_956 - 64);
  });
});

test("lower filters only, on request", () => {
  const { parameters } = caser({ ...TOY, largestHeight: 2, horizontalFilters: 3 }, Rng.key(1));
  expect(parameters.horizontal.weight.shape).toEqual([3 * (1 + 2), 4]);
  expect(parameters.sequence.weight.shape).toEqual([4 * 4 + 2 * 3, 4]);
  expect(() => caser({ ...TOY, largestHeight: 5 }, Rng.key(1))).toThrow("do not fit windows of 4");
});

test("refuses windows of another width", () => {
  const wide = caser({ ...TOY, windowLength: 5 }, Rng.key(1));
  expect(() => wide.encode(toyBatch())).toThrow("in windows of 4, but it was built for 5");
});

testSequentialModel("Caser", {
  make: ({ items, users, windowLength, dropout }) => {
    const model = caser({ items, users, windowLength, dimensions: 8, dropout }, Rng.key(5));
    // Three times as large: far enough from the kinks of ReLU and of the maxima for central differences.
    for (const variable of variables(model.parameters)) variable.assign(variable.mul(3));
    return model;
  },
  batches: ["prefix"],
  ignoresPadding: false,
  // Padding takes part in the forward pass, but not in the gradient: full windows.
  gradientLoss: (model, batch) =>
    model.loss({ ...batch, items: batch.items.maximum(tf.scalar(1, "int32")) }, Rng.key(1)),
  anyWindow: false,
});
