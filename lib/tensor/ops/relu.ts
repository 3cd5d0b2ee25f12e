import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "../backend";
import { withGradient } from "./custom";
import { dropout } from "./dropout";

/** max(x, 0), whose gradient is one op on TensorFlow; tfjs's takes seven, with as many passes over the memory. */
export function relu<T extends tf.Tensor>(x: T): T {
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const value = tf.relu(x);
      return { value, saved: [value] };
    },
    backward: (dy, _, [value]) => [wherePositive(dy, value)],
    composed: ([z]) => tf.relu(z),
  });
}

/** `dropout` of max(x, 0). Where the value is 0, so is the gradient, whatever made it 0: the mask need not be kept. */
export function reluDropout<T extends tf.Tensor>(x: T, rate: number, key: tf.Tensor): T {
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const value = dropout(tf.relu(x), rate, key);
      return { value, saved: [value, key] };
    },
    backward: (dy, _, [value]) => [tf.mul(wherePositive(dy, value), 1 / (1 - rate))],
    composed: ([z], [, same]) => dropout(tf.relu(z), rate, same),
  });
}

/** dy where the value is above 0, else 0. */
function wherePositive(dy: tf.Tensor, value: tf.Tensor): tf.Tensor {
  return isNative() ? rawOp("ReluGrad", [dy, value])[0] : tf.mul(dy, tf.step(value));
}
