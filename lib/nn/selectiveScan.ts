import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";

/** The inputs of a selective scan, for B rows of L positions, c channels with s states each. */
export interface SelectiveScanInputs {
  /** x [B, L, c] */
  readonly x: tf.Tensor3D;
  /** Δ_t [B, L, c] > 0, and 0 on padding, which then leaves the states as they are. */
  readonly delta: tf.Tensor3D;
  /** A [s, c] < 0 */
  readonly decay: tf.Tensor2D;
  /** B_t, how a position writes into the states, [B, L, s] */
  readonly write: tf.Tensor3D;
  /** C_t, how a position reads the states, [B, L, s] */
  readonly read: tf.Tensor3D;
}

/**
 * The selective scan of Mamba-1: a linear recurrence in every channel c and state s on its own,
 *
 *     h_t[s, c] = exp(Δ_t[c] A[s, c]) h_{t-1}[s, c] + Δ_t[c] x_t[c] B_t[s],   h_0 = 0
 *     y_t[c]    = Σ_s C_t[s] h_t[s, c]
 *
 * A loop over time. As every channel and state decays at its own rate, matrices over pairs of positions would be L times the
 * work, and the prefix products that a parallel scan divides by underflow within a few steps (exp(-32 · 0.7) is 2e-10). Here
 * nothing is divided and every decay is in (0, 1]. What makes it fast: a step works on [B, s, c] numbers that stay in the
 * cache, channels last; sums and outer products are matrix products; the gradient, in closed form, recomputes nothing. It keeps
 * two tensors [B, s, c] a step.
 *
 * @returns y [B, L, c]
 * @see A. Gu and T. Dao, Mamba, 2023, arXiv:2312.00752, algorithm 2
 */
export function selectiveScan({ x, delta, decay, write, read }: SelectiveScanInputs): tf.Tensor3D {
  checkScanShapes({ x, delta, decay, write });
  const entering = x.mul(delta);
  return withGradient<tf.Tensor3D>({
    inputs: [entering, delta, decay, write, read],
    forward: () => {
      const { outputs, decays, kept } = scanForward(entering, delta, decay, write, read);
      return { value: tf.concat(outputs, 1), saved: [...decays, ...kept] };
    },
    backward: (dy, inputs, saved) => {
      const half = saved.length / 2;
      return scanBackward(dy, inputs, saved.slice(0, half), saved.slice(half));
    },
    composed: ([u, dt, a, b, c]) => tf.concat(scanForward(u, dt, a, b, c).outputs, 1),
  });
}

/** @param entering u = Δ x [B, L, c], what enters the states */
function scanForward(
  entering: tf.Tensor,
  delta: tf.Tensor,
  decay: tf.Tensor,
  write: tf.Tensor,
  read: tf.Tensor,
) {
  const [u, dt, b, c] = [entering, delta, write, read].map(steps);
  const outputs: tf.Tensor[] = [];
  /** exp(Δ_t A) and exp(Δ_t A) h_{t-1} [B, s, c], for t from the second step on: the first finds no state to keep. */
  const decays: tf.Tensor[] = [];
  const kept: tf.Tensor[] = [];
  let state: tf.Tensor | undefined;
  for (let t = 0; t < u.length; t++) {
    const entered = tf.matMul(b[t], u[t], true); // B_t ⊗ u_t
    if (state === undefined) state = entered;
    else {
      const a = tf.exp(dt[t].mul(decay));
      const stays = a.mul(state);
      state = stays.add(entered);
      decays.push(a);
      kept.push(stays);
    }
    outputs.push(tf.matMul(c[t], state)); // [B, 1, c]
  }
  return { outputs, decays, kept };
}

/** The gradients of u, Δ (through the decays alone), A, B and C. */
function scanBackward(
  dy: tf.Tensor,
  [entering, delta, decay, write, read]: tf.Tensor[],
  decays: tf.Tensor[],
  kept: tf.Tensor[],
): tf.Tensor[] {
  const [arriving, u, dt, b, c] = [dy, entering, delta, write, read].map(steps);
  const last = u.length - 1;
  const du: tf.Tensor[] = [];
  const dDelta: tf.Tensor[] = [tf.zerosLike(u[0])];
  const dWrite: tf.Tensor[] = [];
  const readKept: tf.Tensor[] = [tf.zerosLike(c[0])];
  let dDecay: tf.Tensor | undefined;
  let dState: tf.Tensor | undefined;
  for (let t = last; t >= 0; t--) {
    const reading = tf.matMul(c[t], arriving[t], true); // C_t ⊗ dy_t
    // dh_t = C_t ⊗ dy_t + exp(Δ_{t+1} A) dh_{t+1}
    dState = dState === undefined ? reading : reading.add(decays[t].mul(dState));
    du[t] = tf.matMul(b[t], dState);
    dWrite[t] = tf.matMul(u[t], dState, false, true);
    if (t === 0) break;
    const stayed = kept[t - 1];
    readKept[t] = tf.matMul(arriving[t], stayed, false, true);
    // The exponent Δ_t A has the gradient dh_t exp(Δ_t A) h_{t-1}.
    const dExponent = dState.mul(stayed);
    dDelta[t] = dExponent.mul(decay).sum(1, true);
    const weighted = dExponent.mul(dt[t]);
    dDecay = dDecay === undefined ? weighted : dDecay.add(weighted);
  }
  // y_t reads what stayed, and B_t ⊗ u_t: dC_t = Σ_c dy_t[c] h_t[·, c].
  const readEntered = write.mul(dy.mul(entering).sum(2, true));
  return [
    tf.concat(du, 1),
    tf.concat(dDelta, 1),
    dDecay === undefined ? tf.zerosLike(decay) : dDecay.sum(0),
    tf.concat(dWrite, 1),
    tf.concat(readKept, 1).add(readEntered),
  ];
}

/** [B, L, n] as L tensors [B, 1, n]. */
function steps(x: tf.Tensor): tf.Tensor[] {
  return tf.split(x, x.shape[1] as number, 1);
}

/** @throws where the shapes do not fit, with all of them */
export function checkScanShapes({ x, delta, decay, write }: Omit<SelectiveScanInputs, "read">): void {
  const [batch, length, channels] = x.shape;
  const states = decay.shape[0];
  const fits = [delta.shape, write.shape, decay.shape].join(";");
  if (
    fits !==
    [
      [batch, length, channels],
      [batch, length, states],
      [states, channels],
    ].join(";")
  )
    throw new Error(
      `selectiveScan: x [${x.shape}], delta [${delta.shape}], decay [${decay.shape}] and write [${write.shape}] do not fit.`,
    );
}
