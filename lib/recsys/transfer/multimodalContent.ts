import { type DenseMatrix, denseMatrix } from "../generative/matrix";
import { applyPca, fitPca } from "../generative/pca";
import type { ContentDomain } from "./domains";

export interface MultimodalOptions {
  /** Components kept of the text vectors; `"all"`: every coordinate as it is, centred and scaled to variance 1. */
  readonly text: number | "all";
  /** Components kept of the image vectors, or `"all"`. */
  readonly image: number | "all";
}

/**
 * One vector an item from its text and its picture, for a tokenizer of content such as TIGER's, which takes it as it takes a text vector: each kind brought to
 * mean 0 and variance 1, by PCA with whitening or coordinate by coordinate, one beside the other. So neither kind outweighs the other by its scale, only by its
 * number of coordinates. An item without a picture has the mean picture, 0; it does not take part in the means and variances of pictures.
 * @returns [V, text + image], float32; row i - 1 is that of item id i
 * @throws Error where the domain has no pictures, or where more components are asked for than the vectors vary in
 */
export function multimodalContent(
  { text, image, hasImage }: Pick<ContentDomain, "text" | "image" | "hasImage">,
  options: MultimodalOptions,
): DenseMatrix {
  if (image === undefined) throw new Error("multimodalContent: the domain has no pictures.");
  const every = Array.from({ length: text.rows }, (_, row) => row);
  const pictured = every.filter((row) => hasImage === undefined || hasImage[row] === 1);
  const parts = [evened(text, every, options.text), evened(image, pictured, options.image)];
  const columns = parts[0].columns + parts[1].columns;
  const values = new Float32Array(text.rows * columns);
  for (let row = 0; row < text.rows; row++) {
    let at = row * columns;
    for (const part of parts) {
      values.set(part.values.subarray(row * part.columns, (row + 1) * part.columns), at);
      at += part.columns;
    }
  }
  return denseMatrix(text.rows, columns, values);
}

/** The chosen rows with mean 0 and variance 1 in each coordinate (n - 1 below); the others 0. */
function evened(x: DenseMatrix, rows: readonly number[], components: number | "all"): DenseMatrix {
  const chosen = denseMatrix(rows.length, x.columns);
  rows.forEach((row, k) => {
    chosen.values.set(x.values.subarray(row * x.columns, (row + 1) * x.columns), k * x.columns);
  });
  const even =
    components === "all"
      ? standardized(chosen)
      : applyPca(fitPca(chosen, components), chosen, { whiten: true });
  const all = denseMatrix(x.rows, even.columns);
  rows.forEach((row, k) => {
    all.values.set(even.values.subarray(k * even.columns, (k + 1) * even.columns), row * even.columns);
  });
  return all;
}

/** (x - mean) / deviation, coordinate by coordinate; a coordinate that does not vary is 0. */
function standardized({ rows, columns, values }: DenseMatrix): DenseMatrix {
  const result = denseMatrix(rows, columns);
  for (let column = 0; column < columns; column++) {
    const of = Array.from({ length: rows }, (_, row) => values[row * columns + column]);
    const mean = of.reduce((sum, value) => sum + value, 0) / rows;
    const squares = of.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (rows - 1));
    const flat = !(deviation > FLAT * Math.abs(mean));
    of.forEach((value, row) => {
      result.values[row * columns + column] = flat ? 0 : (value - mean) / deviation;
    });
  }
  return result;
}

/** Below this share of the mean a deviation is nothing but rounding. */
const FLAT = 1e-12;
