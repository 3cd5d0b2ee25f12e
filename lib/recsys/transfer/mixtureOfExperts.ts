import { type Initializer, type KeyStream, normalInit, parameter, zeros } from "../../nn";
import { dropout, softplus, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

/** E linear maps of content to the width of a recommender, and a gate that says how much each counts for an item. */
export type MixtureOfExperts<T extends tf.Tensor = tf.Variable> = {
  /** W_k, [E, w, d] */
  readonly weight: T;
  /** b_k, [E, w], taken off before: parametric whitening. */
  readonly shift: T;
  /** W_g, [w, E] */
  readonly gate: T;
  /** W_n, [w, E], of the gate's noise. */
  readonly noise: T;
};

export interface MixtureOfExpertsOptions {
  /** w, width of the content. */
  readonly inputs: number;
  /** d */
  readonly outputs: number;
  /** E */
  readonly experts: number;
  /** Of W_k. Default N(0, 0.02²). */
  readonly init?: Initializer;
}

/** b_k, W_g and W_n start at 0: all experts count the same. */
export function mixtureOfExperts(
  { inputs, outputs, experts, init = normalInit(0.02) }: MixtureOfExpertsOptions,
  key: tf.Tensor1D,
): MixtureOfExperts {
  return {
    weight: parameter(init, key, [experts, inputs, outputs]),
    shift: parameter(zeros, key, [experts, inputs]),
    gate: parameter(zeros, key, [inputs, experts]),
    noise: parameter(zeros, key, [inputs, experts]),
  };
}

/** The gate's noise never dies out. */
const LEAST_DEVIATION = 0.01;

/**
 * The share of each expert: softmax(x W_g + ε (softplus(x W_n) + 0.01)), ε ~ N(0, 1) in training, 0 without keys.
 * @param x [N, w]
 * @returns [N, E]
 */
export function expertGates(
  { gate, noise }: MixtureOfExperts<tf.Tensor>,
  x: tf.Tensor2D,
  keys: KeyStream | undefined,
): tf.Tensor2D {
  const logits = tf.matMul<tf.Tensor2D>(x, gate as tf.Tensor2D);
  if (keys === undefined) return tf.softmax(logits);
  const deviation = softplus(tf.matMul(x, noise as tf.Tensor2D)).add(LEAST_DEVIATION);
  return tf.softmax(logits.add<tf.Tensor2D>(deviation.mul(Rng.normal(keys.next(), logits.shape))));
}

/**
 * Σ_k gate_k (Dropout(x) - b_k) W_k, each expert with a dropout of its own.
 * @param x [.., w]
 * @returns [.., d]
 * @see Hou et al. 2022, arXiv:2206.05941 (UniSRec), eq. 1-4
 */
export function applyMixtureOfExperts(
  mixture: MixtureOfExperts<tf.Tensor>,
  x: tf.Tensor,
  dropoutRate: number,
  keys: KeyStream | undefined,
): tf.Tensor {
  const [experts, inputs, outputs] = mixture.weight.shape;
  const rows = x.reshape<tf.Tensor2D>([-1, inputs]);
  const gates = expertGates(mixture, rows, keys).expandDims(2); // [N, E, 1]
  const repeated = tf.tile(rows.expandDims(1), [1, experts, 1]); // [N, E, w]
  const thinned = keys === undefined ? repeated : dropout(repeated, dropoutRate, keys.next());
  // Σ_k g_k (x_k - b_k) W_k is one product: [g_1 (x_1 - b_1) .. g_E (x_E - b_E)] times the W_k below one another.
  const weighted = thinned
    .sub(mixture.shift)
    .mul(gates)
    .reshape<tf.Tensor2D>([-1, experts * inputs]);
  const mixed = tf.matMul(weighted, mixture.weight.reshape([experts * inputs, outputs]));
  return mixed.reshape([...x.shape.slice(0, -1), outputs]);
}
