import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";
import * as Rng from "../tensor/rng";
import { type Initializer, parameter, xavierUniform } from "./initializers";

/**
 * Parameters of a GRU layer, gates in the order reset r, update z, candidate c. No biases (as RecBole's GRU4Rec).
 */
export type Gru<T extends tf.Tensor = tf.Variable> = {
  /** W [inputs, 3h] */
  readonly input: T;
  /** U [h, 3h] */
  readonly recurrent: T;
};

export interface GruOptions {
  readonly inputs: number;
  readonly hidden: number;
  /** Of W and U as the matrices [·, 3h] they are; default Xavier uniform. */
  readonly init?: Initializer;
}

export function gru({ inputs, hidden, init = xavierUniform }: GruOptions, key: tf.Tensor1D): Gru {
  return tf.tidy(() => {
    const [inputKey, recurrentKey] = Rng.split(key, 2);
    return {
      input: parameter(init, inputKey, [inputs, 3 * hidden]),
      recurrent: parameter(init, recurrentKey, [hidden, 3 * hidden]),
    };
  });
}

/**
 * All hidden states of a GRU that starts at h = 0:
 *
 *     r = σ(W_r x + U_r h);  z = σ(W_z x + U_z h);  c = tanh(W_c x + r ⊙ (U_c h));  h' = (1 - z) ⊙ c + z ⊙ h
 *
 * PyTorch's variant of Cho et al. 2014: the reset gate acts after the product U_c h. The gradient is in closed form: the
 * input products of all steps are one matrix product, and so is the gradient of U.
 *
 * @param x [L, B, inputs], time first: every step then reads one contiguous block
 * @returns [L, B, h]
 */
export function applyGru({ input, recurrent }: Gru<tf.Tensor>, x: tf.Tensor3D): tf.Tensor3D {
  const [steps, batch, inputs] = x.shape;
  const hidden = recurrent.shape[0];
  if (input.shape[0] !== inputs) {
    throw new Error(`applyGru: x [${x.shape}] does not fit the input weight [${input.shape}].`);
  }
  const projected = tf.matMul(x.reshape([-1, inputs]), input as unknown as tf.Tensor2D);
  return recurrence(projected.reshape([steps, batch, 3 * hidden]), recurrent as tf.Tensor2D);
}

/** The recurrence on projected inputs [L, B, 3h] with U [h, 3h]: [L, B, h]. */
function recurrence(projected: tf.Tensor3D, weight: tf.Tensor2D): tf.Tensor3D {
  return withGradient<tf.Tensor3D>({
    inputs: [projected, weight],
    forward: () => {
      const { states, resets, updates, candidates, products } = forward(projected, weight);
      return {
        value: tf.stack(states),
        saved: [...states, ...resets, ...updates, ...candidates, ...products],
      };
    },
    backward: (dy, [, kept], saved) =>
      backward(dy as tf.Tensor3D, kept as tf.Tensor2D, regroup(saved as tf.Tensor2D[])),
    composed: ([x, u]) => tf.stack(forward(x as tf.Tensor3D, u as tf.Tensor2D).states),
  });
}

/** What one pass over time leaves behind, an entry a step, each [B, h]. */
interface Trace {
  readonly states: tf.Tensor2D[];
  readonly resets: tf.Tensor2D[];
  readonly updates: tf.Tensor2D[];
  readonly candidates: tf.Tensor2D[];
  /** U_c h of the state before the step. */
  readonly products: tf.Tensor2D[];
}

function regroup(tensors: tf.Tensor2D[]): Trace {
  const steps = tensors.length / 5;
  const [states, resets, updates, candidates, products] = [0, 1, 2, 3, 4].map((group) =>
    tensors.slice(group * steps, (group + 1) * steps),
  );
  return { states, resets, updates, candidates, products };
}

function forward(projected: tf.Tensor3D, weight: tf.Tensor2D): Trace {
  const [, batch, width] = projected.shape;
  const trace: Trace = { states: [], resets: [], updates: [], candidates: [], products: [] };
  let h: tf.Tensor2D = tf.zeros([batch, width / 3]);
  for (const step of tf.unstack(projected)) {
    const [xr, xz, xc] = tf.split<tf.Tensor2D>(step, 3, 1);
    const [hr, hz, hc] = tf.split<tf.Tensor2D>(tf.matMul(h, weight), 3, 1);
    const r = tf.sigmoid(xr.add<tf.Tensor2D>(hr));
    const z = tf.sigmoid(xz.add<tf.Tensor2D>(hz));
    const c = tf.tanh(xc.add<tf.Tensor2D>(r.mul(hc)));
    h = c.add<tf.Tensor2D>(z.mul(h.sub(c))); // (1 - z) c + z h
    trace.states.push(h);
    trace.resets.push(r);
    trace.updates.push(z);
    trace.candidates.push(c);
    trace.products.push(hc);
  }
  return trace;
}

/** Backpropagation through time; returns the gradients of the projected inputs and of U. */
function backward(dy: tf.Tensor3D, weight: tf.Tensor2D, trace: Trace): [tf.Tensor3D, tf.Tensor2D] {
  const { states, resets, updates, candidates, products } = trace;
  const arriving = tf.unstack(dy) as tf.Tensor2D[];
  const start = tf.zerosLike(states[0]);
  const inputGradients: tf.Tensor2D[] = [];
  const productGradients: tf.Tensor2D[] = [];
  let carried: tf.Tensor2D | undefined;
  for (let t = states.length - 1; t >= 0; t--) {
    const h = t > 0 ? states[t - 1] : start;
    const [r, z, c, hc] = [resets[t], updates[t], candidates[t], products[t]];
    const dh = carried === undefined ? arriving[t] : arriving[t].add<tf.Tensor2D>(carried);
    const kept = dh.mul<tf.Tensor2D>(z);
    // Through tanh: 1 - c²; through a sigmoid: s (1 - s).
    const dc = dh.sub(kept).mul<tf.Tensor2D>(tf.sub(1, c.square()));
    const dz = kept.mul(tf.sub(1, z)).mul<tf.Tensor2D>(h.sub(c));
    const dhc = dc.mul<tf.Tensor2D>(r);
    const dr = dhc.mul(tf.sub(1, r)).mul<tf.Tensor2D>(hc);
    const throughProducts = tf.concat2d([dr, dz, dhc], 1);
    inputGradients[t] = tf.concat2d([dr, dz, dc], 1);
    productGradients[t] = throughProducts;
    carried = kept.add<tf.Tensor2D>(tf.matMul(throughProducts, weight, false, true));
  }
  const before = tf.concat2d([start, ...states.slice(0, -1)], 0); // [L·B, h]
  const dWeight = tf.matMul(before, tf.concat2d(productGradients, 0), true, false);
  return [tf.stack(inputGradients) as tf.Tensor3D, dWeight as tf.Tensor2D];
}
