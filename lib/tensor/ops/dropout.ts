import * as tf from "@tensorflow/tfjs";
import { randomFlags } from "../rngKeys";
import { noGradient } from "./custom";

/**
 * Inverted dropout: each element is zero with probability `rate`, and divided by 1 - rate otherwise.
 * @param x     [..]
 * @param rate  in [0, 1); taken to the nearest multiple of 2^-16
 * @param key   of the random generator; the same key gives the same mask
 * @see Srivastava et al. 2014, Journal of Machine Learning Research 15
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, key: tf.Tensor): T {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: rate ${rate} is not in [0, 1).`);
  if (rate === 0) return x;
  const mask = noGradient(() => {
    const kept = randomFlags(key, x.shape, 1 - rate);
    return tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate));
  });
  return tf.mul(x, mask);
}
