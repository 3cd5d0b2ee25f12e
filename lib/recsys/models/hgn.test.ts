import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { hgn } from "./hgn";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOY = { items: 6, users: 3, windowLength: 4, dimensions: 4 } as const;

const RECBOLE = {
  average: {
    forward: [
      2.567692, -2.650006, -1.914357, 2.920791, 1.416267, -1.275003, -0.956962, 1.430773, 3.272881, -0.119172,
      -2.979557, 0.924393,
    ],
    loss: 3.7467839,
    gradients: {
      "items.table": [
        0, 0, 0, 0, -0.283461, -0.398605, 0.372409, 0.274824, 0.122725, -0.354325, -0.015116, 0.324306,
        -0.263963, -0.411845, 0.371372, 0.271593, 0.172604, 0.077095, -0.195411, -0.020546, -0.247245,
        -0.393691, 0.351686, 0.267467, 0.167162, 0.076753, -0.191056, -0.021144,
      ],
      "users.table": [
        -0.232799, -0.316391, 0.360781, 0.289489, 0.178848, 0.087866, -0.153062, 0.000201, 0.34639, 0.036409,
        -0.368981, 0.042683,
      ],
      "features.items.weight": [
        0.024156, 0.014035, 0.022719, 0.012603, 0.024325, -0.014328, 0.028053, -0.015128, -0.030424,
        -0.010343, -0.029948, -0.008704, -0.016485, 0.016994, -0.020336, 0.017371,
      ],
      "instances.items.weight": [0.001054, -0.000626, 0.00416, -0.002363],
      "instances.users.weight": [
        0.001926, -0.024197, 0.026895, 0.000499, 0.004997, 0.02193, -0.020389, -0.005478, -0.003214, 0.018546,
        -0.021641, 0.000912, -0.004168, -0.026709, 0.025966, 0.005243,
      ],
    },
  },
  max: {
    forward: [
      2.549482, -2.519547, -1.952893, 2.894418, 1.494234, -1.052172, -1.084598, 1.384395, 3.149255, -0.063695,
      -2.917456, 0.890452,
    ],
    loss: 3.6841395,
    gradients: {
      "items.table": [
        0, 0, 0, 0, -0.231708, -0.326355, 0.315806, 0.244975, 0.042346, -0.438261, 0.056006, 0.336829,
        -0.231708, -0.326355, 0.315806, 0.244975, 0.192564, 0.112148, -0.221463, -0.05508, -0.231708,
        -0.326355, 0.315806, 0.244975, 0.192564, 0.112148, -0.221463, -0.05508,
      ],
      "instances.items.weight": [0.037376, 0.020724, -0.019033, -0.006391],
      "instances.users.weight": [
        0, 0, 0.021966, -0.004026, 0, 0, -0.06678, 0.002346, 0, 0, -0.004758, 0.003422, 0, 0, 0.068006,
        -0.003228,
      ],
    },
  },
} as const;

describe.each(["average", "max"] as const)("HGN with %s pooling against RecBole", (pooling) => {
  const { forward, loss, gradients } = RECBOLE[pooling];
  const model = () => {
    const built = hgn({ ...TOY, pooling }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(model().encode(toyBatch()).flatten(), [...forward], { absolute: 2e-6 });
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), loss, { relative: 1e-6 });
    for (const [path, expected] of Object.entries(gradients))
      assertClose(gradientOf(built, path).flatten(), [...expected], { absolute: 2e-6 }, path);
  });
});

test("has RecBole's number of parameters at its default sizes, but for the padding user", () => {
  const { parameters } = hgn({ items: 1016, users: 939, windowLength: 50 }, Rng.key(1));
  expect(countParameters(parameters)).toBe(201_984 - 64);
});

test("refuses windows of another width", () => {
  const wide = hgn({ ...TOY, windowLength: 5 }, Rng.key(1));
  expect(() => wide.encode(toyBatch())).toThrow("in windows of 4, but it was built for 5");
});

testSequentialModel("HGN", {
  make: ({ items, users, windowLength }) => hgn({ items, users, windowLength, dimensions: 8 }, Rng.key(5)),
  batches: ["prefix"],
  dropout: false,
  ignoresPadding: false,
  anyWindow: false,
  // Padding takes part in the forward pass, but not in the gradient: full windows.
  gradientLoss: (model, batch) =>
    model.loss({ ...batch, items: batch.items.maximum(tf.scalar(1, "int32")) }, Rng.key(1)),
});
