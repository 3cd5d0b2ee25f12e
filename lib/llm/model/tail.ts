import { tf } from "../../tensor";
import { where } from "../../tensor/ops/where";
import type { KeysAndValues, Seen } from "./attention";
import type { KvCache } from "./kvCache";

/**
 * The newest tokens of sequences that grow by a token a step. A cache that grows with each step is copied as a whole each time, and has another shape each
 * time, so that no program fits twice. Here the long part, the prefix, stays as it is; new columns go into a small buffer, the tail, of a fixed size, and
 * when that is full the two become the next prefix, whose capacity is one of a few sizes.
 */

/** [2 L, B, G, S, d]: of each layer in turn its keys and its values. */
export type Tail = tf.Tensor5D;

/** S, columns of a tail: each step copies so many, and one step in so many copies the prefix. */
export const TAIL_COLUMNS = 32;

/** A tail with nothing in it, behind a cache. */
export function emptyTail({ layers }: KvCache): Tail {
  const [batch, kvHeads, , headWidth] = layers[0].key.shape;
  return tf.zeros([2 * layers.length, batch, kvHeads, TAIL_COLUMNS, headWidth]);
}

/**
 * The columns of a tail as the queries of each layer see them.
 * @param filled  scalar int32: how many hold a token
 */
export function tailBlocks(tail: Tail, filled: tf.Scalar): Seen[] {
  const bias = where(columns().less(filled), 0, Number.NEGATIVE_INFINITY).reshape([1, 1, 1, TAIL_COLUMNS]);
  return layersOf(tail).map((layer) => ({ ...layer, bias }));
}

/**
 * The tail with one more token a row.
 * @param fresh   of each layer, [B, G, 1, d]
 * @param filled  scalar int32, below S: the column to write
 */
export function appended(tail: Tail, fresh: readonly KeysAndValues[], filled: tf.Scalar): Tail {
  const column = tf.stack(fresh.flatMap(({ key, value }) => [key, value])); // [2 L, B, G, 1, d]
  const isColumn = columns().equal(filled).reshape([1, 1, 1, TAIL_COLUMNS, 1]);
  return where<Tail>(isColumn, column, tail);
}

/** A tail as a cache; the first columns hold tokens. @param lengths  tokens read so far of each row */
export function tailCache(tail: Tail, lengths: readonly number[]): KvCache {
  return { layers: layersOf(tail), bias: tf.zeros([lengths.length, TAIL_COLUMNS]), lengths };
}

/** 0, 1, … S - 1 */
function columns(): tf.Tensor1D {
  return tf.range(0, TAIL_COLUMNS, 1, "int32");
}

function layersOf(tail: Tail): KeysAndValues[] {
  const parts = tf.unstack(tail) as tf.Tensor4D[];
  return Array.from({ length: parts.length / 2 }, (_, layer) => ({
    key: parts[2 * layer],
    value: parts[2 * layer + 1],
  }));
}
