import { type ApplyAttentionOptions, type Attention, applyDense, applyDropout } from "../../nn";
import { tf } from "../../tensor";
import { gather, scatterAdd } from "../../tensor/ops/gather";

/** What attention adds to its keys and values: for each position, and for each interval between query and key. */
export interface RelationTables {
  /** P^K, P^V [L, d] */
  readonly positionKeys: tf.Tensor2D;
  readonly positionValues: tf.Tensor2D;
  /** R^K, R^V [K, d], K - 1 the largest interval */
  readonly intervalKeys: tf.Tensor2D;
  readonly intervalValues: tf.Tensor2D;
}

/**
 * Attention that knows how much time lies between query and key, per head:
 *
 *     score_ij = q_i · (k_j + P^K_j + R^K_{r_ij}) / √(d/heads),   out_i = Σ_j α_ij (v_j + P^V_j + R^V_{r_ij})
 *
 * The relations are never written out, which would take [B, L, L, d]. All q · R^K are one product [B, L, K], from which the scores pick
 * theirs; and the weights of equal intervals are added up to [B, L, K] before they meet R^V.
 *
 * @param queries    [B, Lq, d]
 * @param memory     [B, L, d]
 * @param intervals  [B, Lq, L] int32, r, in [0, K)
 * @returns [B, Lq, d]
 * @see TiSASRec, "Time Interval-Aware Self-Attention"
 */
export function applyIntervalAttention(
  params: Attention<tf.Tensor>,
  tables: RelationTables,
  queries: tf.Tensor3D,
  memory: tf.Tensor3D,
  intervals: tf.Tensor3D,
  { heads, mask, dropoutRate = 0, keys }: ApplyAttentionOptions & { readonly mask: tf.Tensor4D },
): tf.Tensor3D {
  const [batch, queryCount, dimensions] = queries.shape;
  const length = memory.shape[1];
  const count = tables.intervalKeys.shape[0];
  if (dimensions % heads !== 0) {
    throw new Error(`interval attention: ${dimensions} dimensions cannot be shared by ${heads} heads.`);
  }
  const perHead = dimensions / heads;
  // Heads first: then the tables of a head meet the queries of the whole batch in one product.
  const splitHeads = (x: tf.Tensor): tf.Tensor4D =>
    x.reshape<tf.Tensor4D>([batch, -1, heads, perHead]).transpose([2, 0, 1, 3]); // [H, B, L, d/H]
  const splitTable = (table: tf.Tensor2D): tf.Tensor3D =>
    table.reshape<tf.Tensor3D>([count, heads, perHead]).transpose([1, 0, 2]); // [H, K, d/H]
  const rows = heads * batch * queryCount;
  const chosen = tf.tile(intervals.reshape<tf.Tensor2D>([-1, length]), [heads, 1]); // [H·B·Lq, L]

  const q = splitHeads(applyDense(params.query, queries).mul(1 / Math.sqrt(perHead)));
  const k = splitHeads(applyDense(params.key, memory).add(tables.positionKeys));
  const v = splitHeads(applyDense(params.value, memory).add(tables.positionValues));
  const flatQueries = q.reshape<tf.Tensor3D>([heads, batch * queryCount, perHead]);
  const allIntervals = tf.matMul(flatQueries, splitTable(tables.intervalKeys), false, true); // [H, B·Lq, K]
  const products = tf.matMul(q, k, false, true); // [H, B, Lq, L]
  const ofIntervals = gather(allIntervals.reshape([rows, count]), chosen, 1, 1).reshape(products.shape);
  const blocked = mask.reshape([1, batch, mask.shape[2], length]);
  const weights = applyDropout(
    tf.softmax(products.add(ofIntervals).add(blocked)),
    dropoutRate,
    keys,
  ) as tf.Tensor4D;

  const perInterval = scatterAdd(weights.reshape([rows, length]), chosen, [rows, count], 1, 1);
  const fromIntervals = tf.matMul(
    perInterval.reshape<tf.Tensor3D>([heads, batch * queryCount, count]),
    splitTable(tables.intervalValues),
  );
  const mixed = tf.matMul(weights, v).add(fromIntervals.reshape([heads, batch, queryCount, perHead]));
  const joined = mixed.transpose([1, 2, 0, 3]).reshape([batch, queryCount, dimensions]);
  return applyDense(params.output, joined) as tf.Tensor3D;
}
