import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { narm } from "./narm";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("NARM against RecBole", () => {
  const model = () => {
    const built = narm(
      { items: 6, dimensions: 4, hidden: 3, embeddingDropout: 0, contextDropout: 0 },
      Rng.key(1),
    );
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        0.307747, 0.171573, -0.35196, -0.080877, -0.122415, -0.018227, 0.127112, -0.014528, 0.215046, 0.03723,
        -0.22464, 0.020658,
      ],
      { absolute: 2e-6 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 2.204543, { relative: 1e-6 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        0.030463, 0.014148, -0.034109, -0.005359, 0.087227, 0.009341, -0.073432, 0.006314, 0.026888, 0.081081,
        -0.157834, 0.164583, -0.046561, -0.026285, 0.088948, -0.052109, 0.024131, -0.038509, 0.056757,
        -0.089164, 0.111441, -0.010422, -0.084416, 0.148873, -0.0667, -0.131432, 0.224596, -0.108716,
      ],
      { absolute: 2e-6 },
    );
    assertClose(
      gradientOf(built, "attention.states.weight").flatten(),
      [-0.000928, 0.003901, 8.1e-5, -0.002174, 0.009125, 0.000191, 0.002581, -0.010645, -0.000226],
      { absolute: 2e-6 },
    );
    assertClose(gradientOf(built, "attention.score.weight").flatten(), [0.053551, 0.088619, 0.121719], {
      absolute: 2e-6,
    });
  });
  test("has RecBole's number of parameters at its default sizes", () => {
    const { parameters } = narm({ items: 1016 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(188_096);
  });
});

testSequentialModel("NARM", {
  make: ({ items, dropout }) =>
    narm({ items, dimensions: 8, hidden: 6, embeddingDropout: dropout, contextDropout: dropout }, Rng.key(5)),
  batches: ["prefix"],
  overfitSteps: 400,
});
