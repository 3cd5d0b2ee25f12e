import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./custom";

/** Just inside float32, so that differences of infinities do not become NaN. */
const LARGEST = 3.4e38;

/**
 * log(sum(exp(x))) along one axis, without overflow; minus infinity where every element is.
 * @param x     [.., n, ..]
 * @param axis  default: the last
 */
export function logSumExp<T extends tf.Tensor = tf.Tensor>(x: tf.Tensor, axis = -1, keepDims = false): T {
  const reduced = withGradient({
    inputs: [x],
    forward: () => {
      const value = compute(x, axis);
      return { value, saved: [value] };
    },
    // The gradient is the softmax.
    backward: (dy, [input], [value]) => [
      tf.mul(dy, tf.exp(tf.sub(input, tf.clipByValue(value, -LARGEST, LARGEST)))),
    ],
    composed: ([input]) => compute(input, axis),
  });
  return (keepDims ? reduced : tf.squeeze(reduced, [axis])) as T;
}

function compute(x: tf.Tensor, axis: number): tf.Tensor {
  const largest = tf.clipByValue(tf.max(x, axis, true), -LARGEST, LARGEST);
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), axis, true)), largest);
}
