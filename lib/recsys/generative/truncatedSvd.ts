import { createRandom } from "../../data/random";
import {
  type DenseMatrix,
  denseMatrix,
  denseTimesDense,
  gram,
  type SparseMatrix,
  sparseTimesDense,
  transposedSparseTimesDense,
} from "./matrix";
import { fixSigns, symmetricEigen } from "./symmetricEigen";

export interface TruncatedSvdOptions {
  /** k */
  readonly components: number;
  readonly seed: number;
  /** Dimensions of the subspace beyond k, dropped at the end. Default 10. */
  readonly oversampling?: number;
  /** Multiplications by AᵀA. Default 40: singular values of sparse content fall slowly. */
  readonly iterations?: number;
}

export interface TruncatedSvd {
  /** [k], largest first. */
  readonly singularValues: Float64Array;
  /** V, [k, m], one right singular vector a row; its element of largest magnitude is positive. */
  readonly components: DenseMatrix;
  /** U Σ = A Vᵀ, [n, k]: the rows of A in the coordinates of the components. */
  readonly projected: DenseMatrix;
}

/**
 * The k largest singular values of a sparse matrix and their vectors, by subspace iteration from a random start:
 *
 *     V ← orth(Aᵀ A V), again and again;   then the eigenvectors W of (A V)ᵀ (A V) turn V into singular vectors.
 *
 * Nothing is centred (latent semantic analysis). The error falls by (σ_{l+1} / σ_k)² an iteration, l the size of the subspace.
 * @param a [n, m]
 * @throws Error where k is more than the matrix has rows or columns, or more than its rank
 * @see Halko, Martinsson and Tropp 2011, algorithm 4.4; scikit-learn, TruncatedSVD, for the sign
 */
export function truncatedSvd(
  a: SparseMatrix,
  { components, seed, oversampling = 10, iterations = 40 }: TruncatedSvdOptions,
): TruncatedSvd {
  const most = Math.min(a.rows, a.columns);
  if (!Number.isInteger(components) || components < 1 || components > most)
    throw new Error(
      `truncatedSvd: ${components} components of a matrix [${a.rows}, ${a.columns}]: choose 1 to ${most}.`,
    );
  const subspace = Math.min(components + oversampling, most);
  const random = createRandom(seed);
  const start = Float64Array.from({ length: a.columns * subspace }, () => random.uniform() - 0.5);
  let basis = orthonormal(denseMatrix(a.columns, subspace, start));
  for (let iteration = 0; iteration < iterations; iteration++)
    basis = orthonormal(transposedSparseTimesDense(a, sparseTimesDense(a, basis)));

  const { values, vectors } = symmetricEigen(gram(sparseTimesDense(a, basis)));
  const singularValues = values.slice(0, components).map((value) => Math.sqrt(Math.max(0, value)));
  // σ² is known to about 1e-16 σ₁², so that a σ below 1e-8 σ₁ is indistinguishable from 0.
  const rank = singularValues.filter((value) => value > 1e-7 * singularValues[0]).length;
  if (rank < components)
    throw new Error(
      `truncatedSvd: the matrix has rank ${rank}, fewer than ${components} components: choose ${rank}.`,
    );
  const right = denseTimesDense(
    { rows: components, columns: subspace, values: vectors.values.subarray(0, components * subspace) },
    transposed(basis),
  );
  fixSigns(right);
  return { singularValues, components: right, projected: sparseTimesDense(a, transposed(right)) };
}

/** Of a vector's length, what is left of it beside those before it, below which it is rounding. */
const DEPENDENT = 1e-12;

/**
 * An orthonormal basis of the columns: Gram and Schmidt, twice, since once is not orthogonal to the last digits. A column that depends on those before
 * it becomes 0, and shows as a singular value of 0.
 */
function orthonormal(x: DenseMatrix): DenseMatrix {
  const columns = transposed(x);
  const vectors = Array.from({ length: x.columns }, (_, j) =>
    columns.values.subarray(j * x.rows, (j + 1) * x.rows),
  );
  vectors.forEach((vector, j) => {
    for (let pass = 0; pass < 2; pass++) {
      const before = Math.sqrt(dot(vector, vector));
      for (let i = 0; i < j; i++) {
        const overlap = dot(vectors[i], vector);
        for (let k = 0; k < vector.length; k++) vector[k] -= overlap * vectors[i][k];
      }
      const length = Math.sqrt(dot(vector, vector));
      const scale = length > DEPENDENT * before ? 1 / length : 0;
      for (let k = 0; k < vector.length; k++) vector[k] *= scale;
    }
  });
  return transposed(columns);
}

function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
  return sum;
}

function transposed(x: DenseMatrix): DenseMatrix {
  const result = denseMatrix(x.columns, x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.columns; j++) result.values[j * x.rows + i] = x.values[i * x.columns + j];
  }
  return result;
}
