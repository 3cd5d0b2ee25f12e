import { describe, expect, test } from "vitest";
import { sampleData } from "../../tensor/testing";
import type { SparseMatrix } from "./matrix";
import { matrixRank } from "./matrixRank";

/** The entries of a dense matrix that are not 0. */
function sparse(rows: readonly (readonly number[])[]): SparseMatrix {
  const offsets = new Int32Array(rows.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  rows.forEach((row, i) => {
    row.forEach((value, column) => {
      if (value === 0) return;
      indices.push(column);
      values.push(value);
    });
    offsets[i + 1] = indices.length;
  });
  return {
    rows: rows.length,
    columns: rows[0].length,
    offsets,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

describe("matrixRank", () => {
  test("counts independent columns", () => {
    expect(matrixRank(sparse([[0, 0]]))).toBe(0);
    expect(
      matrixRank(
        sparse([
          [1, 2, 3],
          [2, 4, 6],
          [1, 0, 1],
        ]),
      ),
    ).toBe(2);
    expect(
      matrixRank(
        sparse([
          [1, 1, 0, 0],
          [0, 0, 1, 1],
          [1, 0, 1, 0],
          [0, 1, 0, 1],
        ]),
      ),
    ).toBe(3); // both pairs of columns have the same sum
  });

  test("of a product is its inner size, and a bound stops early", () => {
    const [left, right] = [sampleData([40, 7], 3), sampleData([7, 25], 4)];
    const product = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 25 }, (_, j) => {
        let sum = 0;
        for (let k = 0; k < 7; k++) sum += left[i * 7 + k] * right[k * 25 + j];
        return sum;
      }),
    );
    expect(matrixRank(sparse(product))).toBe(7);
    expect(matrixRank(sparse(product), 4)).toBe(4);
    const wide = Array.from({ length: 25 }, (_, j) => product.slice(0, 6).map((row) => row[j]));
    expect(matrixRank(sparse(wide))).toBe(6);
  });

  test("a rare column beside a common one counts", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [1, i === 77 ? 0.1 : 0]);
    expect(matrixRank(sparse(rows))).toBe(2);
  });
});
