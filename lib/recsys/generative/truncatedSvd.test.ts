import { describe, expect, test } from "vitest";
import { sampleData } from "../../tensor/testing";
import { gram, type SparseMatrix } from "./matrix";
import { symmetricEigen } from "./symmetricEigen";
import { tfidf } from "./tfidf";
import { truncatedSvd } from "./truncatedSvd";

const documents = [
  ["red", "lamp", "red"],
  ["blue", "lamp"],
  ["green", "chair", "wood"],
  ["blue", "chair", "lamp", "wood"],
];

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(actual[k]).toBeCloseTo(value, digits);
  });
}

describe("truncatedSvd", () => {
  // scikit-learn 1.9.1: TruncatedSVD(2, algorithm="arpack") on TfidfVectorizer(analyzer=lambda d: d) of the documents
  test("the numbers of scikit-learn, signs included", () => {
    const { singularValues, components, projected } = truncatedSvd(tfidf(documents).matrix, {
      components: 2,
      seed: 4,
    });
    expectClose(singularValues, [1.382854431, 1.048282316], 8);
    expectClose(
      components.values,
      [
        0.571700784, 0.41914561, 0.200910706, 0.509738509, 0.146947846, 0.41914561, 0.239295076, -0.389969953,
        -0.419728502, 0.37480875, 0.567389746, -0.389969953,
      ],
      8,
    );
    expectClose(
      projected.values,
      [
        0.294970038, 0.654485078, 0.765079443, 0.421825176, 0.575424821, -0.69080832, 0.95331987,
        -0.124066443,
      ],
      8,
    );
  });

  test("singular values are the roots of the eigenvalues of AᵀA, whatever the seed, and a seed repeats to the bit", () => {
    const a = sparse(80, 40);
    const exact = symmetricEigen(gram(dense(a))).values.slice(0, 6);
    const first = truncatedSvd(a, { components: 6, seed: 1 });
    expectClose(first.singularValues, [...exact.map(Math.sqrt)], 7);
    const other = truncatedSvd(a, { components: 6, seed: 2 });
    expectClose(other.components.values, [...first.components.values], 4);
    expect(truncatedSvd(a, { components: 6, seed: 1 })).toEqual(first);
  });

  test("more components than dimensions, or than the rank, are refused", () => {
    const a = sparse(4, 3);
    expect(() => truncatedSvd(a, { components: 4, seed: 1 })).toThrow("[4, 3]: choose 1 to 3");
    const { matrix } = tfidf([["a", "b"], ["a", "b"], ["c"]]);
    expect(() => truncatedSvd(matrix, { components: 3, seed: 1 })).toThrow("has rank 2");
  });
});

test("a rank below the size of the subspace adds nothing to the singular values", () => {
  for (const [copies, others] of [
    [3, 2],
    [1, 1],
    [4, 7],
  ]) {
    const rows = copies + others;
    // Copies of (1, 1, 1, 0, 0) and of (0, 0, 0, 1, 1): the singular values are √(3 copies) and √(2 others).
    const ofRow = (row: number) => (row < copies ? [0, 1, 2] : [3, 4]);
    const indices = Array.from({ length: rows }, (_, row) => ofRow(row));
    const offsets = [0];
    for (const row of indices) offsets.push(offsets[offsets.length - 1] + row.length);
    const a = {
      ...{ rows, columns: 5, offsets: Int32Array.from(offsets), indices: Int32Array.from(indices.flat()) },
      values: new Float64Array(indices.flat().length).fill(1),
    };
    const { singularValues } = truncatedSvd(a, { components: 2, seed: 1 });
    const expected = [Math.sqrt(3 * copies), Math.sqrt(2 * others)].sort((x, y) => y - x);
    expected.forEach((value, k) => {
      expect(singularValues[k]).toBeCloseTo(value, 8);
    });
  }
});

/** Three entries a row. */
function sparse(rows: number, columns: number): SparseMatrix {
  const noise = sampleData([rows, 4], 9, 0, 1);
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    const start = Math.floor(noise[row * 4] * (columns - 2));
    indices.push(start, start + 1, start + 2);
  }
  return {
    rows,
    columns,
    offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * 3),
    indices: Int32Array.from(indices),
    values: Float64Array.from(indices, (_, k) => noise[Math.floor(k / 3) * 4 + 1 + (k % 3)] + 0.1),
  };
}

function dense({ rows, columns, offsets, indices, values }: SparseMatrix) {
  const full = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) full[row * columns + indices[k]] = values[k];
  }
  return { rows, columns, values: full };
}
