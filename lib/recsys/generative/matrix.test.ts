import { expect, test } from "vitest";
import {
  denseMatrix,
  denseTimesDense,
  gram,
  type SparseMatrix,
  sparseTimesDense,
  transposedSparseTimesDense,
} from "./matrix";

// [[1, 0, 2], [0, 3, 0]]
const sparse: SparseMatrix = {
  rows: 2,
  columns: 3,
  offsets: Int32Array.of(0, 2, 3),
  indices: Int32Array.of(0, 2, 1),
  values: Float64Array.of(1, 2, 3),
};

test("products, worked by hand", () => {
  const x = denseMatrix(3, 2, Float64Array.of(1, 2, 3, 4, 5, 6));
  expect([...sparseTimesDense(sparse, x).values]).toEqual([11, 14, 9, 12]);
  const y = denseMatrix(2, 2, Float64Array.of(1, 2, 3, 4));
  expect([...transposedSparseTimesDense(sparse, y).values]).toEqual([1, 2, 9, 12, 2, 4]);
  expect([...denseTimesDense(x, y).values]).toEqual([7, 10, 15, 22, 23, 34]);
  expect([...gram(x).values]).toEqual([35, 44, 44, 56]);
});

test("sizes that do not fit are refused", () => {
  expect(() => sparseTimesDense(sparse, denseMatrix(2, 2))).toThrow("3 columns on the left, 2 rows");
  expect(() => denseMatrix(2, 2, new Float64Array(3))).toThrow("[2, 2] has 4 values, not 3");
});
