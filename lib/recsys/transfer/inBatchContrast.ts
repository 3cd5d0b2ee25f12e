import { noGradient, softmaxCrossEntropy, tf, where } from "../../tensor";
import { unitRows } from "../contrastive";

export interface InBatchOptions {
  /** τ, what the cosines are divided by. */
  readonly temperature: number;
  /** [B] int32, the item that each row's sequence goes on with. */
  readonly targets: tf.Tensor1D;
  /** [B], 0 where a row only fills the batch up: it serves as nobody's negative. */
  readonly weights: tf.Tensor1D;
}

/** exp of it is 0 in float32. */
const ABSENT = -1e9;

/**
 * InfoNCE of each row with negatives from the batch, as UniSRec's code has it:
 *
 *     -log [ exp(cos(q_b, k_b) / τ) / Σ_b' exp(l_bb') ],  l_bb' = cos(q_b, k_b') / τ, but 0 where b' ≠ b goes on with the same item.
 *
 * So rows of the same target do not push each other away, but add 1 to the sum each, as much as a negative at a right angle.
 * @param queries q, [B, d]
 * @param keys    k, [B, d]; row b belongs to query b
 * @returns [B], in nats
 * @see Hou et al. 2022, arXiv:2206.05941 (UniSRec), eq. 8 and 9
 */
export function inBatchContrast(
  queries: tf.Tensor2D,
  keys: tf.Tensor2D,
  { temperature, targets, weights }: InBatchOptions,
): tf.Tensor1D {
  return tf.tidy(() => {
    const rows = queries.shape[0];
    const cosines = tf.matMul(unitRows(queries), unitRows(keys), false, true).div(temperature);
    const { own, same, absent } = noGradient(() => ({
      own: tf.eye(rows).greater(0),
      same: targets.expandDims(1).equal(targets.expandDims(0)),
      absent: weights
        .equal(0)
        .expandDims(0)
        .logicalAnd(tf.ones([rows, 1], "bool")),
    }));
    const others = where(absent, ABSENT, where(same, 0, cosines));
    const logits = where(own, cosines, others) as tf.Tensor2D;
    return softmaxCrossEntropy<tf.Tensor1D>(tf.range(0, rows, 1, "int32"), logits);
  });
}
