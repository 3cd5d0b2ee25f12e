import * as tf from "@tensorflow/tfjs";
import { noGradient, withGradient } from "./custom";

/**
 * The same values, cut from the gradient: nothing upstream is visited by backpropagation through this tensor.
 * A variable that is reached only through it has no gradient (null), not a gradient of zeros.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return noGradient(() => tf.clone(x)) as T;
}

/**
 * Takes the value of `hard` and gives its gradient to `soft`, unchanged: the straight-through estimator.
 * @param soft  [..], what the gradient goes to
 * @param hard  [..], the value: a rounded, quantised or sampled version of `soft`
 * @throws where the two shapes differ
 * @see Bengio, Léonard & Courville 2013, arXiv:1308.3432
 */
export function straightThrough<T extends tf.Tensor>(soft: T, hard: tf.Tensor): T {
  if (soft.shape.join() !== hard.shape.join())
    throw new Error(
      `straightThrough: soft is [${soft.shape}] and hard is [${hard.shape}]; they must be the same.`,
    );
  return withGradient<T>({
    inputs: [soft],
    forward: () => ({ value: tf.clone(hard) }),
    backward: (dy) => [dy],
  });
}
