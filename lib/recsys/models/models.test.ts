import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { adam } from "../../optim";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleData } from "../../tensor/testing";
import { countParameters, flattenTree } from "../../tensor/tree";
import { gru4Rec } from "./gru4rec";
import { sasRec } from "./sasrec";
import { type SequentialModel, selectPositions, type TrainingBatch } from "./sequentialModel";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Three histories of 4, 2 and 1 items out of 6; targets 6, 1, 3. */
function toyBatch(): TrainingBatch {
  return {
    items: tf.tensor2d([3, 1, 5, 2, 4, 6, 0, 0, 2, 0, 0, 0], [3, 4], "int32"),
    gaps: tf.zeros([3, 5]),
    lengths: tf.tensor1d([4, 2, 1], "int32"),
    targets: tf.tensor1d([6, 1, 3], "int32"),
    users: tf.tensor1d([0, 1, 2], "int32"),
    weights: tf.ones([3]),
  };
}

/**
 * Gives parameter number p (from 1, in tree order) the elements 0.8 sin(1.7 k + p), k counting row by row; norm gains get 1
 * more. RecBole 1.2.1 with the same numbers (its weight matrices are the transposes), dropout 0, gave the values below.
 */
function fillWithWaves(model: SequentialModel): void {
  flattenTree(model.parameters as object).forEach(([path, leaf], index) => {
    const variable = leaf as tf.Variable;
    const offset = path.endsWith("gain") ? 1 : 0;
    const values = Float32Array.from(
      { length: variable.size },
      (_, k) => offset + 0.8 * Math.sin(1.7 * k + index + 1),
    );
    variable.assign(tf.tensor(values, variable.shape));
  });
}

function variableAt(model: SequentialModel, path: string): tf.Variable {
  const found = flattenTree(model.parameters as object).find(([candidate]) => candidate === path);
  return found![1] as tf.Variable;
}

function gradientOf(model: SequentialModel, path: string): tf.Tensor {
  const variable = variableAt(model, path);
  return tf.variableGrads(() => model.loss(toyBatch(), Rng.key(1)), [variable]).grads[variable.name];
}

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

const makers: [string, () => SequentialModel][] = [
  [
    "SASRec",
    () =>
      sasRec(
        { items: 6, windowLength: 8, dimensions: 8, inner: 16, dropout: 0.1, initialDeviation: 0.3 },
        Rng.key(5),
      ),
  ],
  ["GRU4Rec", () => gru4Rec({ items: 6, dimensions: 8, hidden: 6 }, Rng.key(5))],
];

describe.each(makers)("%s", (_, make) => {
  test("padding on the right changes nothing", () => {
    const model = make();
    const batch = toyBatch();
    const wider = {
      ...batch,
      items: batch.items.pad([
        [0, 0],
        [0, 4],
      ]) as tf.Tensor2D,
      gaps: tf.zeros<tf.Rank.R2>([3, 9]),
    };
    assertClose(model.encode(wider), model.encode(batch), { absolute: 1e-5 });
  });

  test("the padding column scores -∞, the others o Eᵀ", () => {
    const model = make();
    const scores = model.score(toyBatch());
    expect(scores.shape).toEqual([3, 7]);
    expect(scores.slice([0, 0], [3, 1]).dataSync()).toEqual(
      new Float32Array(3).fill(Number.NEGATIVE_INFINITY),
    );
    const logits = tf.matMul(
      model.encode(toyBatch()),
      variableAt(model, "items.table") as tf.Tensor2D,
      false,
      true,
    );
    assertClose(scores.slice([0, 1], [3, 6]), logits.slice([0, 1], [3, 6]));
  });

  test("rows of weight 0 do not count", () => {
    const model = make();
    const batch = toyBatch();
    const firstOnly = { ...batch, weights: tf.tensor1d([1, 0, 0]) };
    const otherTargets = { ...firstOnly, targets: tf.tensor1d([6, 2, 2], "int32") };
    const loss = (of: TrainingBatch) => model.loss(of, Rng.key(3)).dataSync()[0];
    expect(loss(firstOnly)).toBe(loss(otherTargets));
    expect(loss(firstOnly)).not.toBe(loss(batch));
  });

  test("dropout depends on the key alone", () => {
    const model = make();
    const draw = (seed: number) => [...model.encode(toyBatch(), keyStream(Rng.key(seed))).dataSync()];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect([...model.encode(toyBatch()).dataSync()]).not.toEqual(draw(1));
  });

  test("learns three targets by heart, and a step leaks nothing", () => {
    const model = make();
    const batch = toyBatch();
    const optimizer = adam(model.parameters, { learningRate: 0.02 });
    optimizer.step(() => model.loss(batch, Rng.key(0))).dispose();
    const before = tf.memory().numTensors;
    for (let step = 1; step < 60; step++) {
      tf.tidy(() => optimizer.step(() => model.loss(batch, Rng.key(step)))).dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    expect([...tf.argMax(model.score(batch), 1).dataSync()]).toEqual([6, 1, 3]);
  });
});

test("selectPositions reads rows, and zeros outside", () => {
  const x = tf.tensor3d(sampleData([2, 3, 2]), [2, 3, 2]);
  const rows = selectPositions(
    x,
    tf.tensor2d(
      [
        [2, -1],
        [0, 3],
      ],
      [2, 2],
      "int32",
    ),
  );
  const [a, b] = x.arraySync();
  assertClose(rows, [
    [a[2], [0, 0]],
    [b[0], [0, 0]],
  ]);
  assertClose(selectPositions(x, tf.tensor1d([1, 0], "int32")), [a[1], b[0]]);
});
