import { oneHot, tf } from "../../tensor";

/** Running averages behind one codebook. */
export type EmaCodebook = {
  /** e, [K, d] */
  readonly codes: tf.Variable;
  /** N, [K]: how many residuals a batch each code has. */
  readonly counts: tf.Variable;
  /** m, [K, d]: their sum. */
  readonly sums: tf.Variable;
};

export interface EmaOptions {
  /** Default 0.99. */
  readonly decay?: number;
  /** Keeps the count of an unused code off 0. Default 1e-5. */
  readonly epsilon?: number;
}

/** The averages of codes that stand for one residual each: N = 1, m = N e. */
export function emaOf(codes: tf.Variable): EmaCodebook {
  const [K] = codes.shape;
  return tf.tidy(() => ({
    codes,
    counts: tf.variable(tf.ones([K]), false),
    sums: tf.variable(codes.clone(), false),
  })) as EmaCodebook;
}

/** The codes become those given, and the averages start again from them. @param start [K, d] */
export function startEma({ codes, counts, sums }: EmaCodebook, start: tf.Tensor2D): void {
  tf.tidy(() => {
    codes.assign(start.clone());
    sums.assign(start.clone());
    counts.assign(tf.ones([start.shape[0]]));
  });
}

/**
 * Moves the codes to the running mean of the residuals that chose them. With A the assignments as one-hot rows,
 *
 *     N_k ← γ N_k + (1 - γ) Σ_b A_bk;   m_k ← γ m_k + (1 - γ) Σ_b A_bk r_b;
 *     n = Σ_k N_k;   w_k = n (N_k + ε) / (n + K ε);   e_k ← m_k / w_k.
 *
 * @param residuals [B, d], and the codes chosen for them before the move, [B] int32
 * @see van den Oord et al. 2017, arXiv:1711.00937, appendix A.1
 */
export function updateEma(
  { codes, counts, sums }: EmaCodebook,
  residuals: tf.Tensor2D,
  chosen: tf.Tensor1D,
  { decay = 0.99, epsilon = 1e-5 }: EmaOptions = {},
): void {
  tf.tidy(() => {
    const K = codes.shape[0];
    const assigned = oneHot<tf.Tensor2D>(chosen, K);
    const N = counts.mul(decay).add(assigned.sum(0).mul(1 - decay));
    const m = sums.mul(decay).add(tf.matMul(assigned, residuals, true).mul(1 - decay));
    const n = N.sum();
    const w = N.add(epsilon).mul(n.div(n.add(K * epsilon)));
    counts.assign(N);
    sums.assign(m);
    codes.assign(m.div(w.expandDims(1)));
  });
}
