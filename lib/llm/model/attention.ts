import { tf } from "../../tensor";
import { matMul } from "../../tensor/ops/matMul";

/** Keys and values of C columns: [B, G, C, d] each, the keys turned by their positions. */
export interface KeysAndValues {
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/** Keys and values, and which of them the queries see. */
export interface Seen extends KeysAndValues {
  /** Added to the scores, 0 where a key is seen and -∞ elsewhere; broadcasts to [B, H, n, C]. Absent: all are seen. */
  readonly bias?: tf.Tensor;
}

/**
 * The scores of grouped-query attention: q · k / √d, and the bias. Query head h belongs to head floor(h / r) of the keys, r = H / G: the r heads of a
 * group stand below each other as the rows of one product, so that no key is copied.
 * @param q       [B, n, H, d], turned
 * @param blocks  which lie side by side: nothing is copied to join the columns of a cache and the new ones
 * @returns [B, H, n, C], C the columns of all blocks
 * @see J. Ainslie et al., GQA, 2023, arXiv:2305.13245
 */
export function attentionScores(q: tf.Tensor4D, blocks: readonly Seen[]): tf.Tensor4D {
  const [batch, count, heads, headWidth] = q.shape;
  const kvHeads = blocks[0].key.shape[1];
  const grouped = byHead(q)
    .mul(headWidth ** -0.5)
    .reshape<tf.Tensor4D>([batch, kvHeads, -1, headWidth]); // [B, G, r n, d]
  const scores = blocks.map(({ key, bias }) => {
    const product = matMul<tf.Tensor4D>(grouped, key, false, true);
    const perHead = product.reshape<tf.Tensor4D>([batch, heads, count, -1]);
    return bias === undefined ? perHead : perHead.add<tf.Tensor4D>(bias);
  });
  return scores.length === 1 ? scores[0] : tf.concat(scores, 3);
}

/**
 * z: each head's mean of the values, weighted by its pattern.
 * @param pattern [B, H, n, C]
 * @param blocks  as for the scores
 * @returns [B, n, H, d]
 */
export function mixValues(pattern: tf.Tensor4D, blocks: readonly KeysAndValues[]): tf.Tensor4D {
  const [batch, heads, count] = pattern.shape;
  const [, kvHeads, , headWidth] = blocks[0].value.shape;
  const columns = blocks.map(({ value }) => value.shape[2]);
  const grouped = pattern.reshape<tf.Tensor4D>([batch, kvHeads, (heads / kvHeads) * count, -1]);
  const parts = columns.length === 1 ? [grouped] : tf.split(grouped, columns, 3);
  const mixed = parts
    .map((part, block) => matMul<tf.Tensor4D>(part, blocks[block].value))
    .reduce((sum, part) => sum.add<tf.Tensor4D>(part)); // [B, G, r n, d]
  return positionFirst(mixed.reshape<tf.Tensor4D>([batch, heads, count, headWidth]));
}

/** [B, n, heads, d] -> [B, heads, n, d] */
export function byHead(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, count, heads, headWidth] = x.shape;
  // With one position the two orders are the same numbers.
  return count === 1 ? x.reshape([batch, heads, 1, headWidth]) : x.transpose([0, 2, 1, 3]);
}

/** [B, heads, n, d] -> [B, n, heads, d] */
function positionFirst(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, heads, count, headWidth] = x.shape;
  return count === 1 ? x.reshape([batch, 1, heads, headWidth]) : x.transpose([0, 2, 1, 3]);
}

/** [1, 1, n, n]: 0 where key ≤ query, -∞ where the key is later. */
export function causalBias(count: number): tf.Tensor4D {
  const bias = new Float32Array(count * count);
  for (let query = 0; query < count; query++)
    bias.fill(Number.NEGATIVE_INFINITY, query * count + query + 1, (query + 1) * count);
  return tf.tensor4d(bias, [1, 1, count, count]);
}
