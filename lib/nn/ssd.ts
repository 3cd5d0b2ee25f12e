import { tf } from "../tensor";
import { matMul } from "../tensor/ops/matMul";
import { lowerTriangle } from "./attention";
import { padAxis } from "./padding";

/** The inputs of structured state-space duality, for B rows of L positions and H heads of p channels with states of width s. */
export interface SsdInputs {
  /** x [B, L, H, p] */
  readonly x: tf.Tensor4D;
  /** B_t, how a position writes into the states of all heads, [B, L, s] */
  readonly write: tf.Tensor3D;
  /** C_t, how a position reads the states of all heads, [B, L, s] */
  readonly read: tf.Tensor3D;
  /** Δ_t [B, L, H] > 0, and 0 on padding, which then leaves the states as they are, on either side of a row. */
  readonly delta: tf.Tensor3D;
  /** A [H] < 0, one number a head. */
  readonly decay: tf.Tensor1D;
}

export interface SsdResult {
  /** y_t = h_tᵀ C_t of each head, [B, L, H, p] */
  readonly outputs: tf.Tensor4D;
  /** h_n, the states after the last position, [B, H, s, p] */
  readonly finalState: tf.Tensor4D;
}

/**
 * Three ways to the same numbers:
 * - `recurrence` O(L s p), one step after the other: the definition, and the oracle of the tests;
 * - `quadratic`  O(L² (s + p)), matrices over all pairs of positions: for L up to about 64;
 * - `chunked`    O(L q (s + p) + L s p), quadratic inside chunks of q, a recurrence between them: for long rows.
 */
export type SsdForm = "recurrence" | "quadratic" | "chunked";

/**
 * The state-space recurrence of Mamba-2, in each head h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t ⊗ x_t, y_t = h_tᵀ C_t, h_0 = 0.
 * @see T. Dao and A. Gu, Transformers are SSMs, ICML 2024
 */
export function ssd(inputs: SsdInputs, form: SsdForm, chunk = 64): SsdResult {
  switch (form) {
    case "recurrence":
      return recurrence(inputs);
    case "quadratic":
      return { outputs: headsLast(quadratic(byHeads(inputs))), finalState: ssdFinalState(inputs) };
    case "chunked":
      return chunked(inputs, chunk);
  }
}

function recurrence({ x, write, read, delta, decay }: SsdInputs): SsdResult {
  const [batch, length, heads, channels] = x.shape;
  let state: tf.Tensor = tf.zeros([batch, heads, write.shape[2], channels]);
  const outputs: tf.Tensor[] = [];
  for (let t = 0; t < length; t++) {
    const dt = delta.slice([0, t, 0], [batch, 1, heads]).reshape([batch, heads, 1, 1]);
    const xt = x.slice([0, t, 0, 0], [batch, 1, heads, channels]).reshape([batch, heads, 1, channels]);
    const bt = write.slice([0, t, 0], [batch, 1, -1]).reshape([batch, 1, -1, 1]);
    const ct = read.slice([0, t, 0], [batch, 1, -1]).reshape([batch, 1, 1, -1]);
    const keep = dt.mul(decay.reshape([heads, 1, 1])).exp(); // exp(Δ_t A)
    state = state.mul(keep).add(bt.mul(dt).mul(xt)); //         h_t = exp(Δ_t A) h_{t-1} + Δ_t B_t ⊗ x_t
    outputs.push(matMul(ct, state)); //                         y_t = h_tᵀ C_t
  }
  return { outputs: headsLast(tf.concat(outputs, 2)), finalState: state as tf.Tensor4D };
}

/** The inputs with heads in front of positions, and room for more axes between them. */
interface ByHeads {
  /** [B, H, .., L, p] */
  readonly x: tf.Tensor;
  /** [B, 1, .., L, s] */
  readonly write: tf.Tensor;
  /** [B, 1, .., L, s] */
  readonly read: tf.Tensor;
  /** [B, H, .., L] */
  readonly delta: tf.Tensor;
  /** Δ A [B, H, .., L] */
  readonly logDecay: tf.Tensor;
}

function byHeads({ x, write, read, delta, decay }: SsdInputs): ByHeads {
  const [batch, length, heads, channels] = x.shape;
  // With one head there is nothing to move.
  const xs = heads === 1 ? x.reshape([batch, 1, length, channels]) : x.transpose([0, 2, 1, 3]);
  const deltas = heads === 1 ? delta.reshape([batch, 1, length]) : delta.transpose([0, 2, 1]);
  return {
    x: xs,
    write: write.expandDims(1),
    read: read.expandDims(1),
    delta: deltas,
    logDecay: deltas.mul(decay.reshape([heads, 1])),
  };
}

/** [B, H, L, p] -> [B, L, H, p] */
function headsLast(x: tf.Tensor): tf.Tensor4D {
  const [batch, heads, length, channels] = x.shape;
  return heads === 1 ? x.reshape([batch, length, 1, channels]) : x.transpose([0, 2, 1, 3]);
}

/** Y = (D ∘ (C Bᵀ)) diag(Δ) X with D_ij = exp(Σ_{j<u≤i} Δ_u A). @returns [B, H, .., L, p] */
function quadratic({ x, write, read, delta, logDecay }: ByHeads): tf.Tensor {
  const scores = tf.matMul(read, write, false, true); // C Bᵀ [B, 1, .., L, L], the same for all heads
  return tf.matMul(scores.mul(decayMatrix(logDecay)), x.mul(delta.expandDims(-1)));
}

/**
 * h_n = Bᵀ diag(Δ exp(c_n - c)) X, c the prefix sum of Δ A: one product, no scan.
 * @returns [B, H, s, p], for the last of the L positions
 */
export function ssdFinalState(inputs: Omit<SsdInputs, "read">): tf.Tensor4D {
  const { x, write, delta, logDecay } = byHeads({ ...inputs, read: inputs.write });
  return added({ x, write, delta, logDecay }) as tf.Tensor4D;
}

/** What L positions add to the states: Bᵀ diag(Δ exp(c_end - c)) X. @returns [B, H, .., s, p] */
function added({ x, write, delta, logDecay }: Omit<ByHeads, "read">): tf.Tensor {
  return tf.matMul(write.mul(delta.mul(decayToEnd(logDecay)).expandDims(-1)), x, true, false);
}

/** The chunked form. @see T. Dao and A. Gu, section 6 */
function chunked(inputs: SsdInputs, chunk: number): SsdResult {
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new Error(`The chunk length must be a positive integer, got ${chunk}.`);
  const [batch, length, heads, channels] = inputs.x.shape;
  const states = inputs.write.shape[2];
  const chunks = Math.ceil(length / chunk);
  // Δ = 0 on the positions that fill up the last chunk: they neither decay nor write.
  const fill = chunks * chunk - length;
  const cut = (t: tf.Tensor, ...last: number[]) =>
    padAxis(t, 2, 0, fill).reshape([batch, t.shape[1] as number, chunks, chunk, ...last]);
  const { x, write, read, delta, logDecay } = byHeads(inputs);
  const parts: ByHeads = {
    x: cut(x, channels),
    write: cut(write, states),
    read: cut(read, states),
    delta: cut(delta),
    logDecay: cut(logDecay),
  };

  // 1 inside the chunks
  const inside = quadratic(parts);
  // 2 what each chunk adds to the states, S_g; 3 from chunk to chunk: H_g = exp(c_end) H_{g-1} + S_g, the same recurrence over
  // G chunks, as a product
  const carry = decayMatrix(parts.logDecay.sum(-1)); // [B, H, G, G]
  const after = tf.matMul(carry, added(parts).reshape([batch, heads, chunks, states * channels]));
  const shifted = padAxis(after.slice([0, 0, 0, 0], [batch, heads, chunks - 1, -1]), 2, 1, 0); // H_0 = 0 in front
  const before = shifted.reshape([batch, heads, chunks, states, channels]);
  // 4 what the states before the chunk give: exp(c_i) H_{g-1}ᵀ C_i
  const carried = matMul(parts.read, before).mul(prefixSum(parts.logDecay).exp().expandDims(-1));

  const outputs = inside.add(carried).reshape<tf.Tensor4D>([batch, heads, chunks * chunk, channels]);
  return {
    outputs: headsLast(outputs.slice([0, 0, 0, 0], [batch, heads, length, channels])),
    finalState: after
      .slice([0, 0, chunks - 1, 0], [batch, heads, 1, -1])
      .reshape([batch, heads, states, channels]),
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
