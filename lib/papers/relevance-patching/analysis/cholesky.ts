/** A symmetric positive definite matrix A = L Lᵀ, factored, to solve A x = y with. */
export interface Cholesky {
  /** @returns x, the length of y */
  solve(y: ArrayLike<number>): Float64Array;
}

/**
 * @param matrix  [n, n], row by row; only the lower triangle is read
 * @throws RangeError where the matrix is not positive definite, naming the row
 */
export function cholesky(matrix: ArrayLike<number>, n: number): Cholesky {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const rowI = L.subarray(i * n, (i + 1) * n);
    for (let j = 0; j <= i; j++) {
      const rowJ = L.subarray(j * n, (j + 1) * n);
      // A_ij = Σ_k L_ik L_jk
      let rest = matrix[i * n + j];
      for (let k = 0; k < j; k++) rest -= rowI[k] * rowJ[k];
      if (j < i) rowI[j] = rest / rowJ[j];
      else if (rest > 0) rowI[i] = Math.sqrt(rest);
      else throw new RangeError(`The matrix is not positive definite: pivot ${i} is ${rest}.`);
    }
  }
  return {
    solve(y) {
      const x = Float64Array.from(y);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
        x[i] /= L[i * n + i];
      }
      for (let i = n - 1; i >= 0; i--) {
        for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
        x[i] /= L[i * n + i];
      }
      return x;
    },
  };
}
