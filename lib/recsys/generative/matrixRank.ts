import type { SparseMatrix } from "./matrix";

/** Squared lengths below this share of the largest count as 0: 1e-16 is rounding, 1e-5 the rarest attribute of a large catalogue. */
const NEGLIGIBLE = 1e-11;

/**
 * The rank of a sparse matrix, or `atMost` where it is at least that: Cholesky's decomposition of AᵀA with pivots, one column a step, until no
 * column has a part left that is independent of those before. Takes (entries + m · rank) operations a step; AᵀA is never made.
 * @param a [n, m]
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 10.3
 */
export function matrixRank(a: SparseMatrix, atMost = Math.min(a.rows, a.columns)): number {
  const { rows, columns, offsets, indices, values } = a;
  const left = new Float64Array(columns); // squared length of the independent part of each column
  indices.forEach((column, entry) => {
    left[column] += values[entry] ** 2;
  });
  const scale = left.reduce((largest, value) => Math.max(largest, value), 0);
  const steps: Float64Array[] = [];
  while (steps.length < Math.min(atMost, rows, columns)) {
    const pivot = left.indexOf(left.reduce((largest, value) => Math.max(largest, value), 0));
    if (pivot < 0 || left[pivot] <= NEGLIGIBLE * scale) break;
    const step = new Float64Array(columns); // (AᵀA)_pivot, less what the steps before explain
    for (let row = 0; row < rows; row++) {
      let own = 0;
      for (let entry = offsets[row]; entry < offsets[row + 1]; entry++)
        if (indices[entry] === pivot) own = values[entry];
      if (own === 0) continue;
      for (let entry = offsets[row]; entry < offsets[row + 1]; entry++)
        step[indices[entry]] += own * values[entry];
    }
    for (const before of steps) {
      const factor = before[pivot];
      if (factor !== 0) for (let k = 0; k < columns; k++) step[k] -= factor * before[k];
    }
    const length = Math.sqrt(left[pivot]);
    for (let k = 0; k < columns; k++) {
      step[k] /= length;
      left[k] = Math.max(0, left[k] - step[k] ** 2);
    }
    left[pivot] = 0;
    steps.push(step);
  }
  return steps.length;
}
