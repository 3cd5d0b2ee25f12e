import { afterEach, beforeEach, describe, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { testSequentialModel } from "./contract";
import { gru4Rec } from "./gru4rec";
import { fillWithWaves, gradientOf, toyBatch } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("GRU4Rec against RecBole", () => {
  const model = () => {
    const built = gru4Rec({ items: 6, dimensions: 4, hidden: 3, dropout: 0 }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  test("forward", () => {
    assertClose(
      model().encode(toyBatch()).flatten(),
      [
        -0.86059, 0.08597, 0.83844, -0.30202, -0.76173, 0.46942, 0.64077, -0.63454, -0.80378, 0.12059, 0.7727,
        -0.31971,
      ],
      { absolute: 2e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    assertClose(built.loss(toyBatch(), Rng.key(1)), 2.1226428, { relative: 1e-5 });
    assertClose(
      gradientOf(built, "items.table").flatten(),
      [
        -0.0547, 0.0197, 0.04962, -0.03248, 0.21645, -0.13945, -0.18858, 0.20107, -0.03195, -0.01162, 0.06953,
        -0.06502, 0.2185, -0.02322, -0.21844, 0.08986, -0.09601, -0.01256, 0.15596, -0.13984, -0.23338,
        0.08747, 0.14942, -0.08624, 0.13514, -0.05911, 0.08324, -0.01354,
      ],
      { absolute: 2e-5 },
    );
    assertClose(
      gradientOf(built, "gru.recurrent").flatten(),
      [
        -0.00037, 0.00125, 0.00012, 0.00005, 0.00097, 0.00065, -0.00447, -0.0072, -0.00938, -0.00062, -0.001,
        0.00053, 0.01471, 0.01386, -0.01625, 0.02262, 0.01895, -0.00497, 0.00069, -0.00118, -0.00032,
        -0.00646, -0.00685, 0.00626, -0.00333, 0.00136, 0.01455,
      ],
      { absolute: 2e-5 },
    );
  });
});

testSequentialModel("GRU4Rec", {
  make: ({ items, dropout, batches }) =>
    gru4Rec({ items, dimensions: 8, hidden: 6, dropout, batches }, Rng.key(5)),
  batches: ["prefix", "position"],
  overfitSteps: 400,
});
