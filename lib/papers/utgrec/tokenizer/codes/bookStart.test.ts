import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { startBooks } from "./bookStart";
import { codebookOf } from "./factorisedBook";
import { quantizeTree, type TreeCodesOptions, treeBooks } from "./treeCodes";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: TreeCodesOptions = {
  books: "tree",
  factorised: true,
  rootCodes: 2,
  leafCodes: 3,
  dimensions: 2,
  levels: 3,
};

test("codes are the centres of what their positions have; the leaf's are those of all its positions", () => {
  const books = treeBooks(OPTIONS, Rng.key(1));
  // Roots at (9, 0) and (-9, 0); leaves at (0, 5), (0, -5) and (4, 4), of which the last is at position 3 alone.
  const x = tf.tensor3d([
    [
      [9, 0],
      [0, 5],
      [4, 4],
    ],
    [
      [-9, 0],
      [0, -5],
      [0, 5],
    ],
  ]);
  const before = tf.memory().numTensors;
  startBooks(books, x, OPTIONS, 1);
  expect(tf.memory().numTensors).toBe(before);
  const sorted = (book: number) =>
    codebookOf(books[book])
      .arraySync()
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  assertClose(sorted(0), [
    [-9, 0],
    [9, 0],
  ]);
  assertClose(sorted(1), [
    [0, -5],
    [0, 5],
    [4, 4],
  ]);
  assertClose(quantizeTree(books, x, OPTIONS).loss, 0);
  assertClose(books[0].map!, tf.eye(2));
});

test("plain books too; fewer vectors than codes are refused", () => {
  const books = treeBooks({ ...OPTIONS, factorised: false }, Rng.key(1));
  startBooks(books, sampleTensor<tf.Tensor3D>([4, 3, 2], 1), OPTIONS, 1);
  expect(Object.keys(books[0])).toEqual(["embedding"]);
  expect(() => startBooks(books, tf.zeros([1, 3, 2]), OPTIONS, 1)).toThrow("2 clusters of 1 points");
});
