import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./custom";

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** The tanh approximation, as GPT-2 uses it; default: exact. */
  approximate?: boolean;
}

/**
 * Gaussian error linear unit: x Φ(x).
 * @see Hendrycks & Gimpel 2016, arXiv:1606.08415
 */
export function gelu<T extends tf.Tensor>(x: T, { approximate = false }: GeluOptions = {}): T {
  return approximate ? tanhGelu(x) : exactGelu(x);
}

function exactGelu<T extends tf.Tensor>(x: T): T {
  const cumulative = (z: tf.Tensor) => tf.add(tf.mul(tf.erf(tf.mul(z, Math.SQRT1_2)), 0.5), 0.5);
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const phi = cumulative(x);
      return { value: tf.mul(x, phi), saved: [phi] };
    },
    backward: (dy, [z], [phi]) => {
      // d(xΦ)/dx = Φ + x φ, φ the density exp(-x²/2) / √(2π)
      const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(phi, tf.mul(z, density)))];
    },
    composed: ([z]) => tf.mul(z, cumulative(z)),
  });
}

/** Cubic coefficient of the approximation, and the factor √(2/π) doubled: (1 + tanh u) / 2 is the sigmoid of 2u. */
const CUBIC = 0.044715;
const FACTOR = 2 * Math.sqrt(2 / Math.PI);

function tanhGelu<T extends tf.Tensor>(x: T): T {
  const gate = (z: tf.Tensor) => tf.sigmoid(tf.mul(z, tf.add(tf.mul(tf.square(z), FACTOR * CUBIC), FACTOR)));
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const s = gate(x);
      return { value: tf.mul(x, s), saved: [s] };
    },
    backward: (dy, [z], [s]) => {
      const slope = tf.add(tf.mul(tf.square(z), 3 * FACTOR * CUBIC), FACTOR);
      // s (1 + x (1 - s) u')
      return [tf.mul(dy, tf.mul(s, tf.add(tf.mul(tf.mul(z, slope), tf.sub(1, s)), 1)))];
    },
    composed: ([z]) => tf.mul(z, gate(z)),
  });
}

/**
 * Sigmoid linear unit, or swish: x σ(x).
 * @see Elfwing, Uchibe & Doya 2017, arXiv:1702.03118
 */
export function silu<T extends tf.Tensor>(x: T): T {
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const s = tf.sigmoid(x);
      return { value: tf.mul(x, s), saved: [s] };
    },
    backward: (dy, [z], [s]) => [tf.mul(dy, tf.mul(s, tf.add(tf.mul(z, tf.sub(1, s)), 1)))],
    composed: ([z]) => tf.mul(z, tf.sigmoid(z)),
  });
}

/** log(1 + exp(x)), without overflow. */
export function softplus<T extends tf.Tensor>(x: T): T {
  return tf.softplus(x);
}
