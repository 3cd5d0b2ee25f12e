import { mapTree, tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { unpacked, unpackedAt } from "./blockTensor";
import type { LanguageModel, LayerWeights } from "./weights";

/**
 * The weights as the forward pass reads them. Where a model keeps blocks, a layer's matrices are made when the layer runs and freed behind it, so that no two
 * layers are in memory as float32 at a time.
 */

/**
 * Runs `use` on a layer's weights as float32.
 * @param after  what the layer reads; see `unpacked`
 */
export function withLayer<R>(
  { weights, formats }: LanguageModel,
  layer: number,
  use: (weights: LayerWeights) => R,
  after?: tf.Tensor,
): R {
  if (formats === undefined) return use(weights.layers[layer]);
  const made: tf.Tensor[] = [];
  const expanded = mapTree((leaf: tf.Tensor) => {
    const format = formats.get(leaf);
    if (format === undefined) return leaf;
    const values = unpacked(leaf, format, after);
    made.push(values);
    return values as tf.Tensor;
  }, weights.layers[layer]);
  try {
    return use(expanded);
  } finally {
    tf.dispose(made);
  }
}

/** Runs `use` on one of the model's two tables, [V, D], as float32. @param after  as of `withLayer` */
export function withTable<R>(
  { formats }: LanguageModel,
  table: tf.Tensor,
  use: (values: tf.Tensor) => R,
  after?: tf.Tensor,
): R {
  const format = formats?.get(table);
  if (format === undefined) return use(table);
  const values = unpacked(table, format, after);
  try {
    return use(values);
  } finally {
    values.dispose();
  }
}

/** Rows of one of the model's two tables. @param rows int32, of any shape @returns [.. rows, D] float32 */
export function tableRows<T extends tf.Tensor>(
  { formats }: LanguageModel,
  table: tf.Tensor,
  rows: tf.Tensor,
): T {
  const format = formats?.get(table);
  return format === undefined ? gather<T>(table, rows) : (unpackedAt(table, format, rows) as T);
}
