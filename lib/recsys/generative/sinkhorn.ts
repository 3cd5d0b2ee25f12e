import { logSumExp, noGradient, tf } from "../../tensor";

export interface SinkhornOptions {
  /** ε, of the entropy: the smaller, the nearer to a permutation. Default 0.003. */
  readonly epsilon?: number;
  /** Default 50. */
  readonly iterations?: number;
}

const DEFAULTS = { epsilon: 0.003, iterations: 50 };

/**
 * Optimal transport from B points, each of mass 1/B, to K codes, each of capacity 1/K. The distances are brought to [-1, 1], and Q = exp(-d / ε) gets
 * rows that sum to 1/B and columns that sum to 1/K, in turn. In logarithms: exp(1 / 0.003) is no float32.
 * @param distances [B, K]
 * @returns [B, K], the logarithm of B Q
 * @see Cuturi 2013, arXiv:1306.0895; LETTER, arXiv:2405.07314, for ε and the scaling
 */
export function sinkhornLogPlan(
  distances: tf.Tensor2D,
  { epsilon = DEFAULTS.epsilon, iterations = DEFAULTS.iterations }: SinkhornOptions = {},
): tf.Tensor2D {
  return noGradient(() =>
    tf.tidy(() => {
      const [B, K] = distances.shape;
      const [low, high] = [distances.min(), distances.max()];
      const middle = low.add(high).div(2);
      const amplitude = high.sub(middle).add(SMALLEST_AMPLITUDE);
      let logQ = distances.sub(middle).div(amplitude).div(-epsilon);
      for (let iteration = 0; iteration < iterations; iteration++) {
        logQ = logQ.sub(logSumExp(logQ, 1, true)).sub(Math.log(B));
        logQ = logQ.sub(logSumExp(logQ, 0, true)).sub(Math.log(K));
      }
      return logQ.add(Math.log(B)) as tf.Tensor2D;
    }),
  );
}

/** All distances equal: they become 0, not 0 / 0. */
const SMALLEST_AMPLITUDE = 1e-5;

/** The code with the largest share of each point in the plan. @param distances [B, K] @returns [B] int32 */
export function sinkhornAssignment(distances: tf.Tensor2D, options: SinkhornOptions = {}): tf.Tensor1D {
  return tf.tidy(() => sinkhornLogPlan(distances, options).argMax(1) as tf.Tensor1D);
}

/**
 * The same for one small problem in JavaScript's float64, without logarithms: row and column factors u, v with Q = diag(u) exp(-d / ε) diag(v).
 * @param distances [B, K], row by row
 * @returns [B]
 */
export function sinkhornAssignmentOf(
  distances: ArrayLike<number>,
  codes: number,
  { epsilon = DEFAULTS.epsilon, iterations = DEFAULTS.iterations }: SinkhornOptions = {},
): Int32Array {
  const K = codes;
  const B = distances.length / K;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < distances.length; k++) {
    low = Math.min(low, distances[k]);
    high = Math.max(high, distances[k]);
  }
  const middle = (low + high) / 2;
  const amplitude = high - middle + SMALLEST_AMPLITUDE;
  const kernel = Float64Array.from(distances, (d) => Math.exp(-(d - middle) / amplitude / epsilon));
  const u = new Float64Array(B).fill(1);
  const v = new Float64Array(K).fill(1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let b = 0; b < B; b++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += kernel[b * K + k] * v[k];
      u[b] = 1 / (B * sum);
    }
    for (let k = 0; k < K; k++) {
      let sum = 0;
      for (let b = 0; b < B; b++) sum += u[b] * kernel[b * K + k];
      v[k] = 1 / (K * sum);
    }
  }
  return Int32Array.from({ length: B }, (_, b) => {
    let best = 0;
    for (let k = 1; k < K; k++) if (kernel[b * K + k] * v[k] > kernel[b * K + best] * v[best]) best = k;
    return best;
  });
}
