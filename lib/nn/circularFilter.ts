import { tf } from "../tensor";
import { matMul } from "../tensor/ops/matMul";
import * as Rng from "../tensor/rng";
import { type Initializer, normalInit, parameter } from "./initializers";

/**
 * Parameters of a learnt filter in the frequency domain: W = real + i imaginary, one row a frequency 0..⌊T/2⌋, one column a
 * channel. (The imaginary parts of frequency 0 and, for even T, of frequency T/2 have no effect: the signal is real.)
 */
export type CircularFilter<T extends tf.Tensor = tf.Variable> = {
  /** [⌊T/2⌋ + 1, d] */
  readonly real: T;
  /** [⌊T/2⌋ + 1, d] */
  readonly imaginary: T;
};

export interface CircularFilterOptions {
  /** T, the one length that the filter fits. */
  readonly length: number;
  /** d. */
  readonly dimensions: number;
  /** Default N(0, 0.02²). */
  readonly init?: Initializer;
}

export function circularFilter(
  { length, dimensions, init = normalInit(0.02) }: CircularFilterOptions,
  key: tf.Tensor1D,
): CircularFilter {
  return tf.tidy(() => {
    const [realKey, imaginaryKey] = Rng.split(key, 2);
    const shape = [frequencies(length), dimensions];
    return { real: parameter(init, realKey, shape), imaginary: parameter(init, imaginaryKey, shape) };
  });
}

/**
 * F⁻¹(W ⊙ F(x)) along time, each channel on its own: a circular convolution, in which the first positions see the last ones.
 * F and F⁻¹ are products with matrices of cosines and sines: for the lengths in use a product is as fast as an FFT, and has a gradient.
 *
 * @param x [B, T, d]
 * @returns [B, T, d]
 */
export function applyCircularFilter(filter: CircularFilter<tf.Tensor>, x: tf.Tensor3D): tf.Tensor3D {
  const length = checkedLength(filter, x);
  const { real, imaginary } = filter;
  const spectrum = matMul(analysis(length), x); // [B, 2F, d], real parts above imaginary ones
  const [re, im] = tf.split(spectrum, 2, 1);
  const filtered = tf.concat([re.mul(real).sub(im.mul(imaginary)), re.mul(imaginary).add(im.mul(real))], 1);
  return matMul(synthesis(length), filtered);
}

/**
 * The last position of `applyCircularFilter`: Σ_s k_{T-1-s} x_s, with the impulse response k = F⁻¹(W) / √T.
 * @param x [B, T, d]
 * @returns [B, 1, d]
 */
export function applyCircularFilterLast(filter: CircularFilter<tf.Tensor>, x: tf.Tensor3D): tf.Tensor3D {
  const length = checkedLength(filter, x);
  const weights = tf.concat([filter.real, filter.imaginary], 0) as tf.Tensor2D; // [2F, d]
  const response = tf.matMul(synthesis(length), weights).div(Math.sqrt(length)); // [T, d]
  return x.mul(tf.reverse(response, 0)).sum(1, true);
}

function frequencies(length: number): number {
  return Math.floor(length / 2) + 1;
}

function checkedLength({ real }: CircularFilter<tf.Tensor>, x: tf.Tensor3D): number {
  const length = x.shape[1];
  if (real.shape[0] !== frequencies(length) || real.shape[1] !== x.shape[2]) {
    throw new Error(`circular filter: x [${x.shape}] does not fit the weights [${real.shape}].`);
  }
  return length;
}

/** [2F, T]: X = F(x), orthonormal; real parts, then imaginary parts. */
function analysis(length: number): tf.Tensor2D {
  const angle = (k: number, t: number) => (2 * Math.PI * ((k * t) % length)) / length;
  const scale = 1 / Math.sqrt(length);
  const rows = Array.from({ length: frequencies(length) }, (_, k) => k);
  const over = (f: (k: number, t: number) => number) =>
    rows.map((k) => Array.from({ length }, (_, t) => scale * f(k, t)));
  return tf.tensor2d([...over((k, t) => Math.cos(angle(k, t))), ...over((k, t) => -Math.sin(angle(k, t)))]);
}

/** [T, 2F]: x = F⁻¹(X), the transpose, where a frequency strictly between 0 and T/2 counts for its mirror image, too. */
function synthesis(length: number): tf.Tensor2D {
  const count = frequencies(length);
  const images = Float32Array.from({ length: 2 * count }, (_, row) => {
    const k = row % count;
    return k === 0 || 2 * k === length ? 1 : 2;
  });
  return analysis(length).transpose().mul(tf.tensor1d(images)) as tf.Tensor2D;
}
