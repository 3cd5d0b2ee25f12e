import { lowerTriangle, padAxis } from "../../nn";
import { tf } from "../../tensor";

/** The inputs of the state-space recurrence, for B rows of L positions, model width d, state width s. */
export interface SsmInputs {
  /** x [B, L, d] */
  readonly x: tf.Tensor3D;
  /** B_t, how a position writes into the state, [B, L, s] */
  readonly write: tf.Tensor3D;
  /** C_t, how a position reads the state, [B, L, s] */
  readonly read: tf.Tensor3D;
  /** Δ_t [B, L] > 0, and 0 on padding, which then leaves the state as it is, on either side of a row. */
  readonly delta: tf.Tensor2D;
  /** A < 0, one scalar. */
  readonly decay: tf.Scalar;
}

export interface SsmResult {
  /** y_t = h_tᵀ C_t, [B, L, d] */
  readonly outputs: tf.Tensor3D;
  /** h_n, the state after the last position, [B, s, d] */
  readonly finalState: tf.Tensor3D;
}

/**
 * Three ways to the same numbers:
 * - `recurrence` O(L s d), one step after the other: the definition, and the oracle of the tests;
 * - `quadratic`  O(L² (s + d)), matrices over all pairs of positions: for L up to about 64;
 * - `chunked`    O(L q (s + d) + L s d), quadratic inside chunks of q, a recurrence between them: for long rows.
 */
export type SsmForm = "recurrence" | "quadratic" | "chunked";

/** Align2-SSM. @see T2ARec, eq. 6-7 */
export function align2Ssm(inputs: SsmInputs, form: SsmForm, chunk = 64): SsmResult {
  switch (form) {
    case "recurrence":
      return recurrence(inputs);
    case "quadratic":
      return { outputs: quadratic(inputs), finalState: finalState(inputs) };
    case "chunked":
      return chunked(inputs, chunk);
  }
}

function recurrence({ x, write, read, delta, decay }: SsmInputs): SsmResult {
  const [batch, length, dimensions] = x.shape;
  let state: tf.Tensor3D = tf.zeros([batch, write.shape[2], dimensions]);
  const outputs: tf.Tensor[] = [];
  for (let t = 0; t < length; t++) {
    const dt = delta.slice([0, t], [batch, 1]);
    const xt = x.slice([0, t, 0], [batch, 1, dimensions]);
    const bt = write.slice([0, t, 0], [batch, 1, -1]).reshape<tf.Tensor2D>([batch, -1]);
    const ct = read.slice([0, t, 0], [batch, 1, -1]) as tf.Tensor3D;
    const keep = dt.mul(decay).exp().expandDims(2); // Ābar_t = exp(Δ_t A)
    const enter = bt.mul(dt).expandDims(2); //         B̄_t = Δ_t B_t
    state = state.mul(keep).add(enter.mul(xt)); //     h_t = Ā_t h_{t-1} + B̄_t ⊗ x_t
    outputs.push(tf.matMul(ct, state)); //             y_t = h_tᵀ C_t
  }
  return { outputs: tf.concat(outputs, 1) as tf.Tensor3D, finalState: state };
}

/** Y = (D ∘ (C Bᵀ)) diag(Δ) X with D_ij = exp(Σ_{j<u≤i} Δ_u A). @returns [.., L, d] */
function quadratic({ x, write, read, delta, decay }: QuadraticInputs): tf.Tensor3D {
  const scores = tf.matMul(read, write, false, true); // C Bᵀ [.., L, L]
  const decays = decayMatrix(delta.mul(decay));
  return tf.matMul(scores.mul(decays), x.mul(delta.expandDims(-1))) as tf.Tensor3D;
}

/** SsmInputs with any number of leading axes. */
type QuadraticInputs = { [K in Exclude<keyof SsmInputs, "decay">]: tf.Tensor } & {
  readonly decay: tf.Scalar;
};

/**
 * h_n = Bᵀ diag(Δ exp(c_n - c)) X, c the prefix sum of Δ A: one product, no scan.
 * @returns [B, s, d], for the last of the L positions
 */
export function finalState({ x, write, delta, decay }: Omit<SsmInputs, "read">): tf.Tensor3D {
  const weights = delta.mul(decayToEnd(delta.mul(decay)));
  return tf.matMul(write.mul(weights.expandDims(-1)), x, true, false) as tf.Tensor3D;
}

/**
 * The chunked form of structured state-space duality.
 * @see T. Dao and A. Gu, Transformers are SSMs, ICML 2024, section 6
 */
function chunked({ x, write, read, delta, decay }: SsmInputs, chunk: number): SsmResult {
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new Error(`The chunk length must be a positive integer, got ${chunk}.`);
  const [batch, length, dimensions] = x.shape;
  const states = write.shape[2];
  const chunks = Math.ceil(length / chunk);
  // Δ = 0 on the positions that fill up the last chunk: they neither decay nor write.
  const fill = chunks * chunk - length;
  const cut = (t: tf.Tensor3D) => padAxis(t, 1, 0, fill).reshape<tf.Tensor4D>([batch, chunks, chunk, -1]);
  const [xs, writes, reads] = [cut(x), cut(write), cut(read)];
  const deltas = padAxis(delta, 1, 0, fill).reshape<tf.Tensor3D>([batch, chunks, chunk]);
  const logDecay = deltas.mul<tf.Tensor3D>(decay);

  // 1 inside the chunks
  const inside = quadratic({ x: xs, write: writes, read: reads, delta: deltas, decay });
  // 2 what each chunk adds to the state: S_g = B_gᵀ diag(Δ exp(c_end - c)) X_g
  const added = tf.matMul(writes.mul(deltas.mul(decayToEnd(logDecay)).expandDims(-1)), xs, true, false);
  // 3 from chunk to chunk: H_g = exp(c_end) H_{g-1} + S_g, the same recurrence over G chunks, as a product
  const carry = decayMatrix(logDecay.sum(-1)); // [B, G, G]
  const after: tf.Tensor3D = tf.matMul(
    carry as tf.Tensor3D,
    added.reshape([batch, chunks, states * dimensions]),
  );
  const shifted = padAxis(after.slice([0, 0, 0], [batch, chunks - 1, -1]), 1, 1, 0); // H_0 = 0 in front
  const before = shifted.reshape<tf.Tensor4D>([batch, chunks, states, dimensions]);
  // 4 what the state before the chunk gives: exp(c_i) H_{g-1}ᵀ C_i
  const carried = tf.matMul(reads, before).mul(prefixSum(logDecay).exp().expandDims(-1));

  const outputs = inside.add(carried).reshape<tf.Tensor3D>([batch, chunks * chunk, dimensions]);
  return {
    outputs: outputs.slice([0, 0, 0], [batch, length, dimensions]),
    finalState: after.slice([0, chunks - 1, 0], [batch, 1, -1]).reshape([batch, states, dimensions]),
  };
}

/** Σ_{u≤t} a_u over the last axis: a product with a triangle, whose gradient is a product too. @param a [.., L] */
function prefixSum(a: tf.Tensor): tf.Tensor {
  const length = a.shape[a.rank - 1];
  return tf
    .matMul(a.reshape([-1, length]) as tf.Tensor2D, lowerTriangle(length), false, true)
    .reshape(a.shape);
}

/** exp(Σ_{u>t} a_u), the decay from after position t to the end. @param a [.., L] */
function decayToEnd(a: tf.Tensor): tf.Tensor {
  return a.sum(-1, true).sub(prefixSum(a)).exp();
}

/** exp(Σ_{j<u≤i} a_u) where i ≥ j, else 0. @param a [.., L], ≤ 0 @returns [.., L, L] */
function decayMatrix(a: tf.Tensor): tf.Tensor {
  const sums = prefixSum(a);
  const differences = sums.expandDims(-1).sub(sums.expandDims(-2));
  // Above the diagonal the exponent is positive and may overflow; masking after exp would give 0 · ∞ in the gradient.
  const future = tf.sub(1, lowerTriangle(a.shape[a.rank - 1]));
  return differences.mul(tf.sub(1, future)).sub(future.mul(1e9)).exp();
}
