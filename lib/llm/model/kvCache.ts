import { tf } from "../../tensor";
import type { KeysAndValues, Seen } from "./attention";
import { scoped } from "./scope";

/**
 * Keys and values of what a model has read, so that it goes on without reading it again. A cache is a value: going on from it makes another one and
 * leaves it as it is, so that any number of runs may start from it. Each cache owns its tensors and is freed by itself.
 *
 * Sequences of a batch stand at the left, and short ones are filled up at the right. A token's column is then its position, the causal mask alone keeps
 * real tokens from padding, and what is computed for a sequence does not depend on its neighbours' lengths. Columns that hold nothing are masked.
 */
export interface KvCache {
  /** One a layer, [B, G, C, d] */
  readonly layers: readonly KeysAndValues[];
  /** [B, C]: 0 where a column holds a token, -∞ elsewhere; added to the scores. */
  readonly bias: tf.Tensor2D;
  /** Tokens read so far of each row: the next one's position. */
  readonly lengths: readonly number[];
}

/** The columns of a cache as the queries of a layer see them. */
export function seen({ layers, bias }: Pick<KvCache, "layers" | "bias">, layer: number): Seen {
  const [batch, columns] = bias.shape;
  return { ...layers[layer], bias: bias.reshape([batch, 1, 1, columns]) };
}

/**
 * 0 for the first `lengths[b]` columns of row b, -∞ for the others.
 * @returns [B, columns]
 */
export function lengthBias(lengths: readonly number[], columns: number): tf.Tensor2D {
  const bias = new Float32Array(lengths.length * columns);
  for (const [row, length] of lengths.entries())
    bias.fill(Number.NEGATIVE_INFINITY, row * columns + length, (row + 1) * columns);
  return tf.tensor2d(bias, [lengths.length, columns]);
}

/** The first columns of a cache, those that hold a token of any row. */
export interface Used {
  readonly cache: KvCache;
  /** Default: all. */
  readonly used?: number;
}

/**
 * A cache of its own that holds the used columns of several, side by side, and room behind them.
 * @param parts    the lengths are those of the last
 * @param columns  C of the result; default: no room
 */
export function packed(parts: readonly Used[], columns?: number): KvCache {
  return scoped(() => {
    const { bias, lengths, layers } = parts[parts.length - 1].cache;
    const counts = parts.map(({ cache, used = cache.bias.shape[1] }) => used);
    const filled = counts.reduce((sum, count) => sum + count, 0);
    const rest = (columns ?? filled) - filled;
    const [batch] = bias.shape;
    const [, kvHeads, , headWidth] = layers[0].key.shape;
    const room = rest > 0 ? [tf.zeros<tf.Rank.R4>([batch, kvHeads, rest, headWidth])] : [];
    const masked = rest > 0 ? [tf.fill<tf.Rank.R2>([batch, rest], Number.NEGATIVE_INFINITY)] : [];
    const first = (x: tf.Tensor4D, count: number) =>
      count === x.shape[2] ? x : x.slice([0, 0, 0, 0], [-1, -1, count, -1]);
    const side = (of: (cache: KvCache) => tf.Tensor4D): tf.Tensor4D =>
      own([...parts.map(({ cache }, i) => first(of(cache), counts[i])), ...room], 2);
    return {
      layers: layers.map((_, layer) => ({
        key: side((cache) => cache.layers[layer].key),
        value: side((cache) => cache.layers[layer].value),
      })),
      bias: own([...parts.map(({ cache }, i) => cache.bias.slice([0, 0], [-1, counts[i]])), ...masked], 1),
      lengths,
    };
  });
}

/** Joins tensors; a single one is given another handle. */
function own<T extends tf.Tensor>(tensors: T[], axis: number): T {
  return tensors.length === 1 ? tensors[0].clone() : (tf.concat(tensors, axis) as T);
}

/** The sizes that programs are made for: powers of two from 16 on, and one and a half times them. @returns the first that is not below `count` */
export function capacity(count: number): number {
  let size = 16;
  while (size < count) size *= 2;
  const middle = (size / 4) * 3;
  return size > 16 && middle >= count ? middle : size;
}

/**
 * The cache of chosen rows, in the order given; a row may come more than once.
 * @param rows  in [0, B)
 */
export function cacheRows({ layers, bias, lengths }: KvCache, rows: readonly number[]): KvCache {
  return scoped(() => {
    const indices = tf.tensor1d([...rows], "int32");
    return {
      layers: layers.map(({ key, value }) => ({
        key: tf.gather(key, indices),
        value: tf.gather(value, indices),
      })),
      bias: tf.gather(bias, indices),
      lengths: rows.map((row) => lengths[row]),
    };
  });
}

/** Frees a cache; those that were made from it stay. */
export function disposeCache({ layers, bias }: KvCache): void {
  bias.dispose();
  for (const { key, value } of layers) tf.dispose([key, value]);
}
