import { type ItemCodes, itemCodes } from "../../../recsys/generative/itemCodes";
import { filledUp } from "../../../recsys/stepping";
import { compile, tf } from "../../../tensor";
import { prefixDifferences } from "./codes/prefixResidual";
import { codesOfPositions, quantizeTree } from "./codes/treeCodes";
import { type ItemContent, selectContent } from "./content";
import type { UtgTokenizer } from "./tokenizer";
import { itemVectors } from "./tokenizerLoss";

export interface ExportedCodes {
  /** c_1, .., c_L of every item, each counted from 0 in the book of its position; collisions are not repaired. */
  readonly codes: ItemCodes;
  /** x_L, [V, d_c] row by row: what the last position had to quantise. */
  readonly lastVectors: Float32Array;
}

export interface ExportOptions {
  /** Rows at a time; any number gives the same codes. Default 256. */
  readonly batchSize?: number;
}

/**
 * The codes of all items of a content, by the nearest codes and without dropout.
 * @param content [V, ..] each
 * @see UTGRec, arXiv:2504.04405, 3.4; the authors' code exports once, after the training
 */
export function exportCodes(
  tokenizer: UtgTokenizer,
  content: ItemContent,
  { batchSize = 256 }: ExportOptions = {},
): ExportedCodes {
  const { levels, dimensions: d } = tokenizer.codes;
  const items = content.hasImage.size;
  const size = Math.min(batchSize, items);
  const values = new Int32Array(items * levels);
  const lastVectors = new Float32Array(items * d);
  const encode = compile(
    (all: ItemContent, rows: tf.Tensor1D) =>
      tf.tidy(() => {
        const x = prefixDifferences(itemVectors(tokenizer, selectContent(all, rows)));
        const last = x.slice([0, levels - 1, 0], [size, 1, d]).reshape<tf.Tensor2D>([size, d]);
        return { codes: quantizeTree(tokenizer.books, x, tokenizer.codes).codes, last };
      }),
    { name: "codes of items", xla: false },
  );
  try {
    for (const rows of rowBatches(items, size)) {
      const { codes, last } = tf.tidy(() => encode(content, tf.tensor1d(filledUp(rows, size), "int32")));
      values.set(codes.dataSync().subarray(0, rows.length * levels), rows[0] * levels);
      lastVectors.set(last.dataSync().subarray(0, rows.length * d), rows[0] * d);
      tf.dispose([codes, last]);
    }
  } finally {
    encode.dispose();
  }
  return { codes: itemCodes(values, levels, Math.max(...codesOfPositions(tokenizer.codes))), lastVectors };
}

/** 0, 1, .. in batches, of which the last may be short. */
export function* rowBatches(items: number, size: number): Generator<Int32Array> {
  for (let start = 0; start < items; start += size)
    yield Int32Array.from({ length: Math.min(size, items - start) }, (_, k) => start + k);
}
