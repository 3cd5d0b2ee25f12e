import type { SparseMatrix } from "./matrix";

export interface TfidfOptions {
  /** Leave out terms that fewer documents have. Default 1: none. */
  readonly minDocuments?: number;
}

export interface Tfidf {
  /** [terms] in the order of their UTF-16 code units. */
  readonly terms: readonly string[];
  /** [terms] */
  readonly idf: Float64Array;
  /** [documents, terms], every row of length 1, or empty where a document has no known term. */
  readonly matrix: SparseMatrix;
}

/**
 * Term frequency times inverse document frequency, rows of length 1. A term's frequency is its count in the document, and as if one more
 * document had every term,
 *
 *     idf(t) = ln((1 + n) / (1 + df(t))) + 1.
 *
 * @param documents  the terms of each document (words, categories, tags), in any order, as often as they occur
 * @throws Error where no term is left
 * @see scikit-learn, TfidfVectorizer, whose defaults these are
 */
export function tfidf(
  documents: readonly (readonly string[])[],
  { minDocuments = 1 }: TfidfOptions = {},
): Tfidf {
  const documentFrequency = new Map<string, number>();
  for (const document of documents) {
    for (const term of new Set(document)) documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1);
  }
  const terms = [...documentFrequency.keys()]
    .filter((term) => documentFrequency.get(term)! >= minDocuments)
    .sort();
  if (terms.length === 0)
    throw new Error(
      `tfidf: none of ${documentFrequency.size} terms is in ${minDocuments} or more of the ${documents.length} documents.`,
    );
  const idf = Float64Array.from(
    terms,
    (term) => Math.log((1 + documents.length) / (1 + documentFrequency.get(term)!)) + 1,
  );
  return { terms, idf, matrix: weighted(documents, terms, idf) };
}

/** [documents, terms]: count · idf, each row divided by its length. */
function weighted(
  documents: readonly (readonly string[])[],
  terms: readonly string[],
  idf: Float64Array,
): SparseMatrix {
  const columnOf = new Map(terms.map((term, column) => [term, column]));
  const offsets = new Int32Array(documents.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  documents.forEach((document, row) => {
    const counts = new Map<number, number>();
    for (const term of document) {
      const column = columnOf.get(term);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    const columns = [...counts.keys()].sort((a, b) => a - b);
    const weights = columns.map((column) => counts.get(column)! * idf[column]);
    const length = Math.hypot(...weights);
    columns.forEach((column, k) => {
      indices.push(column);
      values.push(weights[k] / length);
    });
    offsets[row + 1] = indices.length;
  });
  return {
    rows: documents.length,
    columns: terms.length,
    offsets,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}
