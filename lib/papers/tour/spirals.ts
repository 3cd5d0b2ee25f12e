import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";

export interface SpiralOptions {
  /** N, of both arms together. */
  readonly count: number;
  /** How often an arm winds about the centre. */
  readonly turns: number;
  /** Standard deviation of the noise on both coordinates; the arms end at radius 1. */
  readonly noise: number;
}

/** Points in the plane, and the arm that each belongs to. */
export interface Spirals {
  /** [N, 2] */
  readonly points: tf.Tensor2D;
  /** [N] int32, 0 or 1 */
  readonly labels: tf.Tensor1D;
}

/**
 * Two spiral arms wound into each other: a classification problem small enough to look at, which no straight line solves.
 *
 *     r = √u,  φ = 2π · turns · r + π · label,  point = r (cos φ, sin φ) + noise · ε,   u ~ U(0, 1), ε ~ N(0, I)
 *
 * The root spreads the points evenly over the disc. (After the two-spirals benchmark of Lang and Witbrock, 1988.)
 */
export function spirals({ count, turns, noise }: SpiralOptions, key: tf.Tensor1D): Spirals {
  if (!(Number.isInteger(count) && count >= 2)) {
    throw new RangeError(`spirals: count must be a whole number of at least 2; got ${count}.`);
  }
  return tf.tidy(() => {
    const [radiusKey, noiseKey] = Rng.split(key, 2);
    const labels = tf.range(0, count, 1, "int32").mod(tf.scalar(2, "int32")) as tf.Tensor1D;
    const radius = tf.sqrt(Rng.uniform(radiusKey, [count]));
    const angle = radius.mul(2 * Math.PI * turns).add(labels.toFloat().mul(Math.PI));
    const clean = tf.stack([radius.mul(tf.cos(angle)), radius.mul(tf.sin(angle))], 1);
    const points = clean.add<tf.Tensor2D>(Rng.normal(noiseKey, [count, 2], 0, noise));
    return { points, labels };
  });
}
