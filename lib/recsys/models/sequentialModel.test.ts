import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleData } from "../../tensor/testing";
import { gru4Rec } from "./gru4rec";
import { sasRec } from "./sasrec";
import { finalStates, type SequentialModel, selectPositions, tiedSoftmaxModel } from "./sequentialModel";
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

test("finalStates reads the state after each row's last step", () => {
  const states = tf.tensor3d(sampleData([3, 2, 2]), [3, 2, 2]);
  const [, second, third] = states.arraySync();
  assertClose(finalStates(states, tf.tensor1d([3, 2], "int32")), [third[0], second[1]]);
});

test("a model without vectors of all positions is not trained on position batches", () => {
  const tied = { name: "Shallow", itemTable: tf.variable(tf.zeros([3, 2])), batches: "position" as const };
  const encode = () => tf.zeros<tf.Rank.R2>([1, 2]);
  expect(() => tiedSoftmaxModel({ ...tied, parameters: [tied.itemTable], encode })).toThrow(
    "Shallow has no vectors of all positions: train it on prefix batches",
  );
});
