import * as tf from "@tensorflow/tfjs";
import { bernoulli } from "../rng";
import { noGradient } from "./custom";

/**
 * Inverted dropout: each element is zero with probability `rate`, and divided by 1 - rate otherwise.
 * @param x     [..]
 * @param rate  in [0, 1)
 * @param key   of the random generator; the same key gives the same mask
 * @see Srivastava et al. 2014, Journal of Machine Learning Research 15
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, key: tf.Tensor): T {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: rate ${rate} is not in [0, 1).`);
  if (rate === 0) return x;
  const mask = noGradient(() =>
    tf.mul(tf.cast(bernoulli(key, 1 - rate, x.shape), "float32"), 1 / (1 - rate)),
  );
  return tf.mul(x, mask);
}
