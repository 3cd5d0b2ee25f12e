import type { Random } from "../../data/random";
import { type DenseMatrix, denseMatrix, denseTimesDense, gram } from "../generative/matrix";
import { symmetricEigen } from "../generative/symmetricEigen";

/**
 * The rotation that brings X nearest to Y: argmin_R ‖X R - Y‖ over orthogonal R, which is U Vᵀ where U Σ Vᵀ = Xᵀ Y.
 *
 * The singular vectors come from the eigenvectors V of MᵀM, M = Xᵀ Y: u_i = M v_i / σ_i. Where σ_i is so small that rounding decides u_i, any
 * direction that is orthogonal to the others gives the same ‖X R - Y‖, and one is taken.
 * @param product XᵀY, [d, d]
 * @returns R, [d, d]
 * @see Schönemann 1966, A generalized solution of the orthogonal Procrustes problem
 */
export function orthogonalProcrustes(product: DenseMatrix): DenseMatrix {
  const d = product.rows;
  const { vectors } = symmetricEigen(gram(product)); // rows v_i, of the largest σ_i first
  const images = denseTimesDense(vectors, transposed(product)); // rows M v_i = σ_i u_i
  const left = orthonormalRows(images);
  return denseTimesDense(transposed(left), { ...vectors, rows: d }); // Σ_i u_i v_iᵀ
}

/** A rotation (or reflection) drawn evenly from all of them: the one nearest to a matrix of normal variates. */
export function randomRotation(d: number, random: Random): DenseMatrix {
  return orthogonalProcrustes(
    denseMatrix(
      d,
      d,
      Float64Array.from({ length: d * d }, () => random.normal()),
    ),
  );
}

/** Of a row's length, what must be left of it beside the rows before for its direction to be known. */
const DEPENDENT = 1e-6;

/** Gram and Schmidt over the rows, twice; a row of no direction of its own becomes the coordinate axis that is farthest from the rows before it. */
function orthonormalRows({ rows, columns, values }: DenseMatrix): DenseMatrix {
  const result = denseMatrix(rows, columns);
  const row = (i: number) => result.values.subarray(i * columns, (i + 1) * columns);
  const longest = Math.sqrt(dot(values.subarray(0, columns), values.subarray(0, columns)));
  for (let i = 0; i < rows; i++) {
    const own = row(i);
    own.set(values.subarray(i * columns, (i + 1) * columns));
    if (!clear(own, i, row, DEPENDENT * longest)) {
      own.fill(0);
      own[freestAxis(i, row, columns)] = 1;
      clear(own, i, row, 0);
    }
  }
  return result;
}

type Rows = (i: number) => Float32Array | Float64Array;

/** Takes the parts along the first `count` rows off a vector and scales it to length 1; false where less than `least` is left. */
function clear(vector: Float32Array | Float64Array, count: number, row: Rows, least: number): boolean {
  for (let pass = 0; pass < 2; pass++) {
    for (let j = 0; j < count; j++) {
      const overlap = dot(row(j), vector);
      row(j).forEach((value, k) => {
        vector[k] -= overlap * value;
      });
    }
  }
  const length = Math.sqrt(dot(vector, vector));
  if (!(length > least)) return false;
  vector.forEach((value, k) => {
    vector[k] = value / length;
  });
  return true;
}

/** The coordinate of which the first `count` orthonormal rows hold least. */
function freestAxis(count: number, row: Rows, columns: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let k = 0; k < columns; k++) {
    let held = 0;
    for (let j = 0; j < count; j++) held += row(j)[k] ** 2;
    if (held < least) [best, least] = [k, held];
  }
  return best;
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
