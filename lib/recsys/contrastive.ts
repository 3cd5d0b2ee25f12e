import { softmaxCrossEntropy, tf } from "../tensor";

export interface ContrastOptions {
  /** τ, what the cosines are divided by. */
  readonly temperature: number;
  /** [B] int32, what each key stands for. Keys that stand for the same as a row's own are no negatives of it. Default: all others are. */
  readonly ids?: tf.Tensor1D;
}

/**
 * InfoNCE of each row with negatives from the batch, one way:
 *
 *     -log [ exp(cos(q_b, k_b) / τ) / Σ_b' exp(cos(q_b, k_b') / τ) ].
 *
 * @param queries q, [B, d]
 * @param keys    k, [B, d]; row b belongs to query b
 * @returns [B], in nats
 * @see van den Oord et al. 2018, arXiv:1807.03748, eq. 4
 */
export function infoNce(
  queries: tf.Tensor2D,
  keys: tf.Tensor2D,
  { temperature, ids }: ContrastOptions,
): tf.Tensor1D {
  return tf.tidy(() => {
    const cosines = tf.matMul(unitRows(queries), unitRows(keys), false, true).div<tf.Tensor2D>(temperature);
    const logits = ids === undefined ? cosines : cosines.add<tf.Tensor2D>(maskedDuplicates(ids));
    return softmaxCrossEntropy<tf.Tensor1D>(tf.range(0, queries.shape[0], 1, "int32"), logits);
  });
}

/** exp of it is 0 in float32, beside any cosine over a temperature of 1e-5 or more. */
const MASKED = -1e9;
/** Of a squared length: a vector of zeros stays one, and has a finite gradient. */
const SMALLEST = 1e-12;

/** x / ‖x‖ along the last axis. */
export function unitRows<T extends tf.Tensor>(x: T): T {
  const lengths = x.square().sum(-1, true);
  return x.mul(lengths.maximum(SMALLEST).rsqrt()) as T;
}

/** [B, B]: `MASKED` where two rows have the same id, except on the diagonal, else 0. */
function maskedDuplicates(ids: tf.Tensor1D): tf.Tensor2D {
  const same = ids.expandDims(0).equal(ids.expandDims(1)).toFloat();
  return same.sub(tf.eye(ids.shape[0])).mul(MASKED);
}
