import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";
import { checkScanShapes, type SelectiveScanInputs } from "./selectiveScan";

/** The numbers that one product works on: few enough to stay in the cache, enough to make up for the call. */
const LARGEST_BLOCK = 2 ** 20;

/** The inputs of a selective scan of which one position is read. */
export type SelectiveScanLastInputs = Omit<SelectiveScanInputs, "read"> & {
  /** C_n, how the final states are read, [B, s] */
  readonly read: tf.Tensor2D;
};

/**
 * What a selective scan reads from its final states, without the recurrence: with Δ = 0 behind position n,
 *
 *     y_n[c] = Σ_j Δ_j[c] x_j[c] K_j[c],   K_j[c] = Σ_s C_n[s] B_j[s] exp(A[s, c] r_j[c]),   r_j = Σ_{u>j} Δ_u
 *
 * The decay from j to the end is one exponential of a number ≤ 0, whatever stands between. This is about half the work of all
 * positions: no state is carried, and no gradient.
 *
 * @returns y_n [B, c]
 */
export function selectiveScanLast({ x, delta, decay, write, read }: SelectiveScanLastInputs): tf.Tensor2D {
  checkScanShapes({ x, delta, decay, write });
  const elapsed: tf.Tensor3D = tf.cumsum(delta, 1, true, true); // r_j
  const weights = write.mul<tf.Tensor3D>(read.expandDims(1)); // C_n B_j
  return x
    .mul(delta)
    .mul(decayedSums(elapsed, decay, weights))
    .sum(1) as tf.Tensor2D;
}

/**
 * K_j[c] = Σ_s w_j[s] exp(A[s, c] r_j[c])
 * @param elapsed r [B, L, c] ≥ 0 @param decay A [s, c] < 0 @param weights w [B, L, s]
 * @returns [B, L, c]
 */
function decayedSums(elapsed: tf.Tensor3D, decay: tf.Tensor2D, weights: tf.Tensor3D): tf.Tensor3D {
  const [batch, length, channels] = elapsed.shape;
  const states = decay.shape[0];
  const positions = Math.max(1, Math.floor(LARGEST_BLOCK / (batch * states * channels)));
  const sizes = Array.from({ length: Math.ceil(length / positions) }, (_, i) =>
    Math.min(positions, length - i * positions),
  );
  /** [B, L, n] as blocks [B q, 1, n] of q positions. */
  const cut = (t: tf.Tensor) =>
    tf.split(t, sizes, 1).map((part) => part.reshape([-1, 1, t.shape[2] as number]));
  const join = (blocks: tf.Tensor[]) =>
    tf.concat(
      blocks.map((block, i) => block.reshape([batch, sizes[i], -1])),
      1,
    );
  const forward = (r: tf.Tensor, a: tf.Tensor, w: tf.Tensor) => {
    const decays = cut(r).map((block) => tf.exp(block.mul(a))); // [B q, s, c]
    const sums = cut(w).map((block, i) => tf.matMul(block, decays[i]));
    return { value: join(sums), saved: decays };
  };
  return withGradient<tf.Tensor3D>({
    inputs: [elapsed, decay, weights],
    forward: () => forward(elapsed, decay, weights),
    backward: (dy, [r, a, w], decays) => {
      const [arriving, weight, spread] = [dy, w, dy.mul(r)].map(cut);
      // dw_j[s] = Σ_c dy D;  dr_j[c] = dy Σ_s w A D;  dA[s, c] = Σ_j w (dy r) D, with D = exp(A r)
      const dWeights = decays.map((d, i) => tf.matMul(arriving[i], d, false, true));
      const dElapsed = decays.map((d, i) => tf.matMul(weight[i], d.mul(a)));
      const dDecay = decays.map((d, i) => tf.matMul(weight[i], spread[i], true).mul(d).sum(0));
      return [join(dElapsed).mul(dy), tf.addN(dDecay), join(dWeights)];
    },
    composed: ([r, a, w]) => forward(r, a, w).value,
  });
}
