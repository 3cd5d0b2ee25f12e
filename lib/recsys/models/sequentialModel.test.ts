import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { adam } from "../../optim";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleData } from "../../tensor/testing";
import { gru4Rec } from "./gru4rec";
import { sasRec } from "./sasrec";
import { type SequentialModel, selectPositions, type TrainingBatch } from "./sequentialModel";
import { toyBatch, variableAt } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

type Batches = "prefix" | "position";

const makers: [string, (batches?: Batches, dropout?: number) => SequentialModel][] = [
  [
    "SASRec",
    (batches, dropout = 0.1) =>
      sasRec(
        { items: 6, windowLength: 8, dimensions: 8, inner: 16, dropout, initialDeviation: 0.3, batches },
        Rng.key(5),
      ),
  ],
  [
    "GRU4Rec",
    (batches, dropout = 0.3) => gru4Rec({ items: 6, dimensions: 8, hidden: 6, dropout, batches }, Rng.key(5)),
  ],
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

  test("one pass over all positions gives the mean over all prefixes", () => {
    const onPositions = make("position", 0);
    const onPrefixes = make("prefix", 0);
    const rows = [
      [3, 1, 5, 2],
      [4, 6],
    ];
    const padded = rows.map((row) => [...row.slice(0, -1), 0, 0, 0].slice(0, 3));
    const next = rows.map((row) => [...row.slice(1), 0, 0, 0].slice(0, 3));
    const one = {
      items: tf.tensor2d(padded, [2, 3], "int32"),
      gaps: tf.zeros<tf.Rank.R2>([2, 4]),
      lengths: tf.tensor1d([3, 1], "int32"),
      targets: tf.tensor2d(next, [2, 3], "int32"),
      users: tf.tensor1d([0, 1], "int32"),
      weights: tf.ones<tf.Rank.R1>([2]),
    };
    const prefixes = {
      items: tf.tensor2d(
        [
          [3, 0, 0],
          [3, 1, 0],
          [3, 1, 5],
          [4, 0, 0],
        ],
        [4, 3],
        "int32",
      ),
      gaps: tf.zeros<tf.Rank.R2>([4, 4]),
      lengths: tf.tensor1d([1, 2, 3, 1], "int32"),
      targets: tf.tensor1d([1, 5, 2, 6], "int32"),
      users: tf.tensor1d([0, 0, 0, 1], "int32"),
      weights: tf.ones<tf.Rank.R1>([4]),
    };
    assertClose(onPositions.loss(one, Rng.key(1)), onPrefixes.loss(prefixes, Rng.key(1)));
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
