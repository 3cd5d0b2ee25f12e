import {
  applyDense,
  applyDropout,
  type Dense,
  dense,
  type Initializer,
  type KeyStream,
  lowerTriangle,
  normalInit,
  parameter,
  uniformInit,
} from "../../nn";
import { tf } from "../../tensor";
import { silu } from "../../tensor/ops/activations";
import { noGradient } from "../../tensor/ops/custom";
import { gather } from "../../tensor/ops/gather";
import { layerNorm } from "../../tensor/ops/norms";
import * as Rng from "../../tensor/rng";

/** Parameters of a hierarchical sequential transduction unit. */
export type HstuBlock<T extends tf.Tensor = tf.Variable> = {
  /** Columns: U, V, Q, K, each d wide, its heads side by side. */
  readonly projection: Dense<T>;
  /** [L]: what is added to the score of a key that stands k positions back. */
  readonly positionBias: T;
  /** [TIME_BUCKETS + 1]: what is added to the score of a key by the time since, in buckets. */
  readonly timeBias: T;
  readonly output: Dense<T>;
};

export interface HstuBlockOptions {
  readonly dimensions: number;
  /** L. */
  readonly windowLength: number;
  /** Of projection and biases; default N(0, 0.02²), the authors'. */
  readonly init?: Initializer;
}

/** The authors' number; the last seconds that int32 holds fall into bucket 71. */
const TIME_BUCKETS = 128;
/** Width of a bucket: the logarithm of the time in seconds, in steps of a factor of about 1.35. */
const BUCKET_WIDTH = 0.301;
const EPSILON = 1e-6;

export function hstuBlock(
  { dimensions, windowLength, init = normalInit(0.02) }: HstuBlockOptions,
  key: tf.Tensor1D,
): HstuBlock {
  return tf.tidy(() => {
    const [projectionKey, positionKey, timeKey, outputKey] = Rng.split(key, 4);
    const sizes = { inputs: dimensions, outputs: dimensions };
    return {
      projection: dense({ ...sizes, outputs: 4 * dimensions, bias: false, init }, projectionKey),
      positionBias: parameter(init, positionKey, [windowLength]),
      timeBias: parameter(init, timeKey, [TIME_BUCKETS + 1]),
      output: dense({ ...sizes, biasInit: uniformInit(1 / Math.sqrt(dimensions)) }, outputKey),
    };
  });
}

/**
 * The bucket of each time between a query and a key, ⌊ln(max(1, |Δt|)) / 0.301⌋.
 * @param seconds [B, L, L] int32, from `secondsBetween`
 * @returns [B, L, L] int32, in [0, TIME_BUCKETS]
 */
export function timeBuckets(seconds: tf.Tensor3D): tf.Tensor3D {
  return noGradient(() => {
    const logarithm = tf.log(tf.maximum(seconds.abs().toFloat(), 1));
    return tf.clipByValue(tf.floor(logarithm.div(BUCKET_WIDTH)), 0, TIME_BUCKETS).toInt() as tf.Tensor3D;
  });
}

export interface ApplyHstuBlockOptions {
  readonly heads: number;
  /** Of what enters the output layer. */
  readonly dropoutRate?: number;
  readonly keys?: KeyStream;
}

/**
 * Attention without a softmax, whose result a gate passes on:
 *
 *     U, V, Q, K = SiLU(LN(X) W);  A = SiLU(Q Kᵀ + position + time) / L, causal;  X + (U ⊙ LN(A V)) W_o
 *
 * per head; the norms have no parameters. L is the window the block was made for, also where the given one is shorter.
 *
 * @param x        [B, L', d]
 * @param buckets  [B, L', L'] int32, from `timeBuckets`
 * @returns [B, L', d]
 * @see HSTU, section 3, eq. 1-3
 */
export function applyHstuBlock(
  { projection, positionBias, timeBias, output }: HstuBlock<tf.Tensor>,
  x: tf.Tensor3D,
  buckets: tf.Tensor3D,
  { heads, dropoutRate = 0, keys }: ApplyHstuBlockOptions,
): tf.Tensor3D {
  const [batch, length, dimensions] = x.shape;
  if (dimensions % heads !== 0) {
    throw new Error(`HSTU: ${dimensions} dimensions cannot be shared by ${heads} heads.`);
  }
  const [u, v, q, k] = tf.split(silu(applyDense(projection, standardized(x))), 4, 2) as tf.Tensor3D[];
  const splitHeads = (y: tf.Tensor3D): tf.Tensor4D =>
    y.reshape<tf.Tensor4D>([batch, length, heads, -1]).transpose([0, 2, 1, 3]); // [B, H, L, d/H]

  const bias = gather(timeBias, buckets).add(gather(positionBias, stepsBack(length))); // [B, L, L]
  const scores = tf.matMul(splitHeads(q), splitHeads(k), false, true).add(bias.expandDims(1));
  const weights = silu(scores).mul<tf.Tensor4D>(lowerTriangle(length).div(positionBias.size));
  const attended = tf.matMul(weights, splitHeads(v)).transpose([0, 2, 1, 3]).reshape(x.shape);
  const gated = applyDropout(u.mul(standardized(attended)), dropoutRate, keys);
  return x.add(applyDense(output, gated));
}

/** Layer normalisation without gain and bias. @param x [..., d] */
function standardized(x: tf.Tensor): tf.Tensor {
  const d = x.shape[x.rank - 1] as number;
  return layerNorm(x, tf.ones([d]), tf.zeros([d]), EPSILON);
}

/** [L, L] int32: max(0, i - j). */
function stepsBack(length: number): tf.Tensor2D {
  const positions = tf.range(0, length, 1, "int32");
  return tf.relu(positions.expandDims(1).sub(positions)).toInt() as tf.Tensor2D;
}
