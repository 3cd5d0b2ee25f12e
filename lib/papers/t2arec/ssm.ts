import { type SsdForm, ssd, ssdFinalState } from "../../nn";
import type { tf } from "../../tensor";

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

export type SsmForm = SsdForm;

/** Align2-SSM: Mamba-2's recurrence with one head as wide as the model. @see T2ARec, eq. 6-7 */
export function align2Ssm(inputs: SsmInputs, form: SsmForm, chunk = 64): SsmResult {
  const { outputs, finalState: state } = ssd({ ...oneHead(inputs), read: inputs.read }, form, chunk);
  return { outputs: outputs.squeeze([2]), finalState: state.squeeze([1]) };
}

/** h_n [B, s, d], for the last of the L positions, without a scan. */
export function finalState(inputs: Omit<SsmInputs, "read">): tf.Tensor3D {
  return ssdFinalState(oneHead(inputs)).squeeze([1]);
}

function oneHead({ x, write, delta, decay }: Omit<SsmInputs, "read">) {
  return {
    x: x.expandDims<tf.Tensor4D>(2),
    write,
    delta: delta.expandDims<tf.Tensor3D>(2),
    decay: decay.expandDims<tf.Tensor1D>(0),
  };
}
