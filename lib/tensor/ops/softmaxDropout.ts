import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./custom";
import { dropout } from "./dropout";

/**
 * `dropout` of the softmax over the last axis: the weights of attention. With p the softmax and w the value, the gradient is w dy - p Σ(w dy): the mask
 * is in w, so that it need not be kept, nor dy be masked.
 * @param scores [.., n]
 * @param rate   in [0, 1)
 */
export function softmaxDropout<T extends tf.Tensor>(scores: T, rate: number, key: tf.Tensor): T {
  return withGradient<T>({
    inputs: [scores],
    forward: () => {
      const softmax = tf.softmax(scores);
      const value = dropout(softmax, rate, key);
      return { value, saved: [softmax, value, key] };
    },
    backward: (dy, _, [softmax, value]) => {
      const product = tf.mul(dy, value);
      return [tf.sub(product, tf.mul(softmax, tf.sum(product, -1, true)))];
    },
    composed: ([x], [, , same]) => dropout(tf.softmax(x), rate, same),
  });
}
