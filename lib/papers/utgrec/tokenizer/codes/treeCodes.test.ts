import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sinkhornLogPlan } from "../../../../recsys/generative/sinkhorn";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import {
  bookRanges,
  codesOfPositions,
  lookUpTree,
  quantizeTree,
  type TreeCodesOptions,
  treeBooks,
} from "./treeCodes";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: TreeCodesOptions = {
  books: "tree",
  factorised: true,
  rootCodes: 3,
  leafCodes: 6,
  dimensions: 4,
  levels: 3,
};
/** Books without W, of the given codes. */
const plain = (...books: number[][][]) => books.map((rows) => ({ embedding: tf.tensor2d(rows) }));

describe("which book a position has", () => {
  test("a root, and one leaf for all others; or one each, of as many codes together", () => {
    expect(codesOfPositions(OPTIONS)).toEqual([3, 6, 6]);
    expect(codesOfPositions({ ...OPTIONS, books: "flat" })).toEqual([3, 3, 3]);
    expect(bookRanges(OPTIONS)).toEqual([
      { codes: 3, first: 0, count: 1 },
      { codes: 6, first: 1, count: 2 },
    ]);
    expect(treeBooks(OPTIONS, Rng.key(1)).map(({ embedding }) => embedding.shape)).toEqual([
      [3, 4],
      [6, 4],
    ]);
    expect(() => bookRanges({ ...OPTIONS, levels: 1 })).toThrow("1 positions: a root and a leaf need two");
    expect(() => bookRanges({ ...OPTIONS, books: "flat", leafCodes: 5 })).toThrow("5 leaf codes cannot be");
  });

  test("position 1 never takes a leaf's code, and positions 2 and 3 take the same for the same vector", () => {
    // The vector is a code of the leaf, not of the root.
    const books = plain(
      [[0, 0]],
      [
        [9, 9],
        [1, 1],
        [5, 5],
      ],
    );
    const x = tf.tensor3d([
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ]);
    const options = { ...OPTIONS, rootCodes: 1, leafCodes: 3, dimensions: 2 };
    const { codes, quantized } = quantizeTree(books, x, options);
    expect(codes.arraySync()).toEqual([[0, 1, 1]]);
    expect(codes.dtype).toBe("int32");
    expect(quantized.arraySync()).toEqual([
      [
        [0, 0],
        [1, 1],
        [1, 1],
      ],
    ]);
    expect(lookUpTree(books, codes, options).arraySync()).toEqual(quantized.arraySync());
  });

  test("flat books are told apart", () => {
    const books = plain([[0, 0]], [[1, 1]], [[2, 2]]);
    const options: TreeCodesOptions = {
      ...OPTIONS,
      books: "flat",
      rootCodes: 1,
      leafCodes: 2,
      dimensions: 2,
    };
    const { quantized } = quantizeTree(books, tf.zeros([1, 3, 2]), options);
    expect(quantized.arraySync()).toEqual([
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ]);
  });
});

describe("the code loss", () => {
  test("of two items, by hand: the mean of the books, whatever their positions", () => {
    const books = plain(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 0],
        [2, 2],
      ],
    );
    const x = tf.tensor3d([
      [
        [0.5, 0.2],
        [0, 1],
        [2, 1],
      ],
      [
        [0, 0],
        [0, 0],
        [2, 2],
      ],
    ]);
    const options = { ...OPTIONS, rootCodes: 2, leafCodes: 2, dimensions: 2 };
    // Root: squared errors 0.29 and 1 over 4 numbers; leaf: 1, 1, 0, 0 over 8. Each 1.25 times.
    const { loss, codes } = quantizeTree(books, x, options);
    expect(codes.arraySync()).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ]);
    assertClose(loss, (1.25 * (1.29 / 4 + 2 / 8)) / 2);
    assertClose(quantizeTree(books, x, { ...options, commitment: 0 }).loss, (1.29 / 4 + 2 / 8) / 2);
  });

  test("gives q's gradient to x, beside 2 β (x - C_c) / (books · numbers)", () => {
    const books = treeBooks(OPTIONS, Rng.key(2)) as unknown as { embedding: tf.Tensor; map: tf.Tensor }[];
    const x = sampleTensor<tf.Tensor3D>([2, 3, 4], 3);
    const w = sampleTensor<tf.Tensor3D>([2, 3, 4], 4);
    const run = (y: tf.Tensor) => quantizeTree(books, y as tf.Tensor3D, OPTIONS);
    assertClose(tf.grad((y) => run(y).quantized.mul(w).sum())(x), w);
    const error = x.sub(run(x).quantized).mul(0.5 / 2);
    const root = error.slice([0, 0, 0], [2, 1, 4]).div(8);
    const leaf = error.slice([0, 1, 0], [2, 2, 4]).div(16);
    assertClose(tf.grad((y) => run(y).loss)(x), tf.concat([root, leaf], 1));
  });
});

describe("balanced assignment", () => {
  // Squared distances [[0, 1], [.1, 1], [.2, 1], [.3, .9]] from (0, 0) and (1, 0).
  const points = [
    [0, 0],
    [0.05, Math.sqrt(0.1 - 0.0025)],
    [0.1, Math.sqrt(0.2 - 0.01)],
    [0.2, Math.sqrt(0.3 - 0.04)],
  ];
  const options: TreeCodesOptions = {
    ...OPTIONS,
    rootCodes: 2,
    leafCodes: 2,
    dimensions: 2,
    levels: 2,
    sinkhorn: { epsilon: 0.1, iterations: 50 },
  };
  const books = () =>
    plain(
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    );
  const x = () => tf.tensor3d(points.map((point) => [point, point]));

  test("the plan, worked", () => {
    const d = tf.tensor2d([
      [0, 1],
      [0.1, 1],
      [0.2, 1],
      [0.3, 0.9],
    ]);
    const plan = sinkhornLogPlan(d, options.sinkhorn).exp();
    const first = [0.9566, 0.7487, 0.2874, 0.0073];
    assertClose(
      plan,
      first.map((p) => [p, 1 - p]),
      { absolute: 1e-4 },
    );
    assertClose(plan.sum(0), [2, 2], { absolute: 1e-4 });
  });

  test("codes 0, 0, 1, 1 in training; the nearest, 0, 0, 0, 0, for good", () => {
    const root = (training: boolean) =>
      [...quantizeTree(books(), x(), options, { training }).codes.dataSync()].filter((_, k) => k % 2 === 0);
    expect(root(true)).toEqual([0, 0, 1, 1]);
    expect(root(false)).toEqual([0, 0, 0, 0]);
  });
});

test("refuses vectors of another shape", () => {
  const books = treeBooks(OPTIONS, Rng.key(1));
  expect(() => quantizeTree(books, tf.zeros([2, 2, 4]), OPTIONS)).toThrow(
    "x is [2,2,4], but the books are for [B, 3, 4]",
  );
});
