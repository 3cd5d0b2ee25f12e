import type { DenseMatrix } from "./matrix";

export interface SymmetricEigen {
  /** [n], largest first. */
  readonly values: Float64Array;
  /** [n, n], one eigenvector a row, of length 1, in the order of the values. */
  readonly vectors: DenseMatrix;
}

const MOST_SWEEPS = 30;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's method: rotations in the plane of two coordinates, each of which makes one
 * element off the diagonal zero, until all are. Accurate to the last digits; n³ operations a sweep, fewer than ten sweeps.
 * @param matrix [n, n]
 * @throws Error where it is not square, or has a value that is not finite
 * @see Golub and Van Loan, Matrix Computations, 4th ed., 8.5
 */
export function symmetricEigen(matrix: DenseMatrix): SymmetricEigen {
  const n = matrix.rows;
  if (matrix.columns !== n)
    throw new Error(`symmetricEigen: the matrix is [${n}, ${matrix.columns}], not square.`);
  if (!matrix.values.every(Number.isFinite))
    throw new Error("symmetricEigen: a value of the matrix is not finite.");
  const a = Array.from({ length: n }, (_, i) => Float64Array.from(matrix.values.subarray(i * n, i * n + n)));
  const v = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)),
  );
  let scale = 0;
  for (const value of matrix.values) scale = Math.max(scale, Math.abs(value));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotations = 0;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) if (rotate(a, v, p, q, scale)) rotations++;
    }
    if (rotations === 0) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
  const vectors = new Float64Array(n * n);
  order.forEach((i, row) => {
    vectors.set(v[i], row * n);
  });
  return {
    values: Float64Array.from(order, (i) => a[i][i]),
    vectors: { rows: n, columns: n, values: vectors },
  };
}

/** Makes a_pq zero; false where it is already, beside the diagonal. The rows of `v` turn with the coordinates. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number, scale: number): boolean {
  const apq = a[p][q];
  const negligible = Math.max(2 ** -56 * Math.sqrt(Math.abs(a[p][p] * a[q][q])), 2 ** -104 * scale);
  if (Math.abs(apq) <= negligible) return false;
  const theta = (a[q][q] - a[p][p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const [app, aqq] = [a[p][p] - t * apq, a[q][q] + t * apq];
  turn(a[p], a[q], c, s);
  turn(v[p], v[q], c, s);
  for (let k = 0; k < a.length; k++) {
    a[k][p] = a[p][k];
    a[k][q] = a[q][k];
  }
  a[p][p] = app;
  a[q][q] = aqq;
  a[p][q] = 0;
  a[q][p] = 0;
  return true;
}

function turn(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k], y[k]];
    x[k] = c * xk - s * yk;
    y[k] = s * xk + c * yk;
  }
}

/**
 * Fixes the sign of each row: its element of largest magnitude becomes positive. An eigenvector or singular vector has two signs, both right.
 * @param vectors [k, n], changed in place
 * @see scikit-learn, svd_flip with `u_based_decision=False`, which PCA and TruncatedSVD use
 */
export function fixSigns({ rows, columns, values }: DenseMatrix): void {
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * columns, (row + 1) * columns);
    let largest = 0;
    for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
    if (largest < 0) for (let k = 0; k < columns; k++) vector[k] = -vector[k];
  }
}
