/** A real matrix, row by row. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] */
  readonly values: Float32Array | Float64Array;
}

/** A matrix of few entries, row by row: those of row i are `offsets[i] .. offsets[i + 1] - 1`. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1] */
  readonly offsets: Int32Array;
  /** [entries] the column of each, ascending inside a row. */
  readonly indices: Int32Array;
  /** [entries] */
  readonly values: Float64Array;
}

/** @throws Error where the values do not fill rows and columns */
export function denseMatrix(
  rows: number,
  columns: number,
  values: Float32Array | Float64Array = new Float64Array(rows * columns),
): DenseMatrix {
  if (values.length !== rows * columns)
    throw new Error(`A matrix [${rows}, ${columns}] has ${rows * columns} values, not ${values.length}.`);
  return { rows, columns, values };
}

/** A X. @param x [columns of A, k] */
export function sparseTimesDense(a: SparseMatrix, x: DenseMatrix): DenseMatrix {
  requireSize(a.columns, x.rows);
  const width = x.columns;
  const product = denseMatrix(a.rows, width);
  for (let row = 0; row < a.rows; row++) {
    for (let entry = a.offsets[row]; entry < a.offsets[row + 1]; entry++)
      addScaled(product.values, row * width, x.values, a.indices[entry] * width, width, a.values[entry]);
  }
  return product;
}

/** Aᵀ X. @param x [rows of A, k] */
export function transposedSparseTimesDense(a: SparseMatrix, x: DenseMatrix): DenseMatrix {
  requireSize(a.rows, x.rows);
  const width = x.columns;
  const product = denseMatrix(a.columns, width);
  for (let row = 0; row < a.rows; row++) {
    for (let entry = a.offsets[row]; entry < a.offsets[row + 1]; entry++)
      addScaled(product.values, a.indices[entry] * width, x.values, row * width, width, a.values[entry]);
  }
  return product;
}

/** X Y. @param x [n, m] @param y [m, k] */
export function denseTimesDense(x: DenseMatrix, y: DenseMatrix): DenseMatrix {
  requireSize(x.columns, y.rows);
  const product = denseMatrix(x.rows, y.columns);
  for (let row = 0; row < x.rows; row++) {
    for (let inner = 0; inner < x.columns; inner++) {
      const factor = x.values[row * x.columns + inner];
      addScaled(product.values, row * y.columns, y.values, inner * y.columns, y.columns, factor);
    }
  }
  return product;
}

/** Xᵀ X, [m, m]. @param x [n, m] */
export function gram(x: DenseMatrix): DenseMatrix {
  const size = x.columns;
  const { values } = denseMatrix(size, size);
  for (let row = 0; row < x.rows; row++) {
    const start = row * size;
    for (let i = 0; i < size; i++)
      addScaled(values, i * size + i, x.values, start + i, size - i, x.values[start + i]);
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) values[i * size + j] = values[j * size + i];
  }
  return { rows: size, columns: size, values };
}

/** target[at .. at + count) += factor · source[from .. from + count) */
function addScaled(
  target: Float32Array | Float64Array,
  at: number,
  source: Float32Array | Float64Array,
  from: number,
  count: number,
  factor: number,
): void {
  for (let k = 0; k < count; k++) target[at + k] += factor * source[from + k];
}

function requireSize(columns: number, rows: number): void {
  if (columns !== rows)
    throw new Error(`A product of matrices: ${columns} columns on the left, ${rows} rows on the right.`);
}
