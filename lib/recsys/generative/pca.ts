import { type DenseMatrix, denseMatrix, gram } from "./matrix";
import { fixSigns, symmetricEigen } from "./symmetricEigen";

export interface Pca {
  /** [d] */
  readonly mean: Float64Array;
  /** [k, d], one principal axis a row, of length 1; its element of largest magnitude is positive. */
  readonly components: DenseMatrix;
  /** [k], of the data along each axis, with n - 1 below; largest first. */
  readonly explainedVariance: Float64Array;
}

/**
 * Principal components: the eigenvectors of the covariance matrix, of the largest eigenvalues.
 * @param x           [n, d]
 * @param components  k
 * @throws Error where k is more than d or than n - 1, the largest rank of centred data
 * @see scikit-learn, PCA
 */
export function fitPca(x: DenseMatrix, components: number): Pca {
  const most = Math.min(x.rows - 1, x.columns);
  if (!Number.isInteger(components) || components < 1 || components > most)
    throw new Error(
      `fitPca: ${components} components of data [${x.rows}, ${x.columns}]: choose 1 to ${most}.`,
    );
  const d = x.columns;
  const mean = new Float64Array(d);
  x.values.forEach((value, k) => {
    mean[k % d] += value / x.rows;
  });
  const covariance = gram(centred(x, mean));
  covariance.values.forEach((value, k) => {
    covariance.values[k] = value / (x.rows - 1);
  });
  const { values, vectors } = symmetricEigen(covariance);
  const axes = denseMatrix(components, d, vectors.values.slice(0, components * d));
  fixSigns(axes);
  return { mean, components: axes, explainedVariance: values.slice(0, components) };
}

/**
 * (x - mean) Vᵀ, and with `whiten` each coordinate divided by its standard deviation, so that the fitted data has variance 1 along each.
 * @param x [n, d]
 * @returns [n, k]
 * @throws Error where an axis to be whitened has no variance
 */
export function applyPca(
  { mean, components, explainedVariance }: Pca,
  x: DenseMatrix,
  { whiten = false }: { readonly whiten?: boolean } = {},
): DenseMatrix {
  if (x.columns !== mean.length)
    throw new Error(`applyPca: fitted on ${mean.length} columns, applied to ${x.columns}.`);
  const [d, k] = [x.columns, components.rows];
  const flat = explainedVariance.findIndex((variance) => variance <= 1e-12 * explainedVariance[0]);
  if (whiten && flat >= 0)
    throw new Error(`applyPca: the data has no variance beyond ${flat} components: keep no more to whiten.`);
  const scale = explainedVariance.map((variance) => (whiten ? 1 / Math.sqrt(variance) : 1));
  const { values } = centred(x, mean);
  const projected = denseMatrix(x.rows, k);
  for (let row = 0; row < x.rows; row++) {
    for (let axis = 0; axis < k; axis++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += values[row * d + j] * components.values[axis * d + j];
      projected.values[row * k + axis] = sum * scale[axis];
    }
  }
  return projected;
}

function centred(x: DenseMatrix, mean: Float64Array): DenseMatrix {
  const values = Float64Array.from(x.values);
  for (let k = 0; k < values.length; k++) values[k] -= mean[k % x.columns];
  return { ...x, values };
}
