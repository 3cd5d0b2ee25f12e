import type { ItemAttributes } from "../attributes";
import { type DenseMatrix, denseMatrix, type SparseMatrix } from "./matrix";
import { matrixRank } from "./matrixRank";
import { applyPca, fitPca } from "./pca";
import { tfidf } from "./tfidf";
import { truncatedSvd } from "./truncatedSvd";

/** Dimensions that the decomposition takes besides those it returns. */
const OVERSAMPLING = 10;
/** Seconds each at 25,000 items and as many words. The last dimensions are not exact then; those whose variances differ are. */
const TEXT_ITERATIONS = 10;

export interface ItemContentOptions {
  /** Of the start of the singular value decomposition. */
  readonly seed: number;
  /** Leave out words or attributes that fewer items have. Default 1: none. */
  readonly minItems?: number;
  /** Multiplications by AᵀA that the decomposition takes. Default 40; from words, which are many more than attributes, 10. */
  readonly iterations?: number;
  /** Divide each coordinate by its standard deviation. Default true; TIGER's vectors are not whitened. */
  readonly whiten?: boolean;
}

/**
 * A vector an item from its attributes (genres, categories, tags): TF-IDF, truncated SVD, PCA with whitening, so that the vectors have mean 0
 * and covariance 1 over the items.
 *
 * This is where we differ from the paper, which takes a pre-trained sentence encoder's (SentenceT5) vector of the item's words in place of
 * TF-IDF and SVD, and whitens it by PCA in the same way. Nothing is downloaded, and no model has read what the words mean.
 *
 * Items with the same attributes get the same vector, and so do all items without any. The SVD keeps one dimension more than is asked for,
 * since centring can cost one.
 * @returns [V, dimensions], float32; row i - 1 is that of item id i
 * @throws Error where the attributes have fewer than `dimensions` independent directions, with the largest number possible
 * @see MTGRec, whose PCA is scikit-learn's with `whiten=True`
 */
export function attributeContent(
  { names, matrix }: ItemAttributes,
  dimensions: number,
  options: ItemContentOptions,
): DenseMatrix {
  if (names.length === 0) throw new Error("attributeContent: no item has an attribute.");
  const documents = Array.from({ length: matrix.length / names.length - 1 }, (_, item) => {
    const row = matrix.subarray((item + 1) * names.length, (item + 2) * names.length);
    return names.filter((_, attribute) => row[attribute] === 1);
  });
  return content("attributeContent", documents, dimensions, options);
}

/**
 * The same from the words written about each item: runs of two or more letters, digits or underscores, in lower case.
 * @param texts [V], that of item id i at i - 1
 * @returns [V, dimensions], float32
 * @throws Error where the words have fewer than `dimensions` independent directions, with the largest number possible
 * @see scikit-learn, TfidfVectorizer, whose words these are
 */
export function textContent(
  texts: readonly string[],
  dimensions: number,
  options: ItemContentOptions,
): DenseMatrix {
  const documents = texts.map((text) => text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? []);
  const { iterations = TEXT_ITERATIONS } = options;
  return content("textContent", documents, dimensions, { ...options, iterations });
}

function content(
  caller: string,
  documents: readonly (readonly string[])[],
  dimensions: number,
  { seed, minItems = 1, iterations, whiten = true }: ItemContentOptions,
): DenseMatrix {
  if (!Number.isInteger(dimensions) || dimensions < 1)
    throw new Error(`${caller}: dimensions must be a whole number >= 1; got ${dimensions}.`);
  const { matrix, terms } = tfidf(documents, { minDocuments: minItems });
  // A column of ones beside the others makes the rank that of the centred columns, and one more.
  const possible = matrixRank(withOnes(matrix), dimensions + 1) - 1;
  if (possible < dimensions)
    throw new Error(
      `${caller}: ${documents.length} items of ${terms.length} different terms differ in ${possible} independent directions, ` +
        `fewer than ${dimensions} dimensions: ${possible > 0 ? `choose 1 to ${possible}` : "give items that differ"}.`,
    );
  const rank = matrixRank(matrix, dimensions + 1 + OVERSAMPLING);
  const components = Math.min(dimensions + 1, rank);
  const { projected } = truncatedSvd(matrix, {
    components,
    seed,
    oversampling: Math.min(OVERSAMPLING, rank - components), // nothing is left beyond the rank
    // A subspace of all directions that there are is found at once.
    iterations: rank <= dimensions + OVERSAMPLING ? 2 : iterations,
  });
  const { rows, columns, values } = applyPca(fitPca(projected, dimensions), projected, { whiten });
  return denseMatrix(rows, columns, Float32Array.from(values));
}

/** [n, m + 1] */
function withOnes({ rows, columns, offsets, indices, values }: SparseMatrix): SparseMatrix {
  const wider = {
    rows,
    columns: columns + 1,
    offsets: offsets.map((offset, row) => offset + row),
    indices: new Int32Array(indices.length + rows),
    values: new Float64Array(indices.length + rows),
  };
  for (let row = 0; row < rows; row++) {
    const [start, end] = [offsets[row], offsets[row + 1]];
    wider.indices.set(indices.subarray(start, end), start + row);
    wider.values.set(values.subarray(start, end), start + row);
    wider.indices[end + row] = columns;
    wider.values[end + row] = 1;
  }
  return wider;
}
