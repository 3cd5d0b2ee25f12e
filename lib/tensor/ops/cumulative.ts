import * as tf from "@tensorflow/tfjs";
import { positiveAxis } from "./custom";

/** Options of {@link cumsum} and {@link cumprod}. */
export interface CumulativeOptions {
  /** Leave each element out of its own sum: the first is the neutral element. */
  exclusive?: boolean;
  /** Run from the last element to the first. */
  reverse?: boolean;
}

/** Cumulative sum along one axis. The gradient is the cumulative sum in the other direction. */
export function cumsum<T extends tf.Tensor>(x: T, axis = 0, options: CumulativeOptions = {}): T {
  const { exclusive = false, reverse = false } = options;
  return tf.cumsum(x, positiveAxis(axis, x.rank, "cumsum"), exclusive, reverse) as T;
}

/** Cumulative product along one axis. The gradient is exact where elements are zero, too. */
export function cumprod<T extends tf.Tensor>(x: T, axis = 0, options: CumulativeOptions = {}): T {
  const { exclusive = false, reverse = false } = options;
  return tf.cumprod(x, positiveAxis(axis, x.rank, "cumprod"), exclusive, reverse) as T;
}

interface Attributes {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

/** Repairs tfjs, which permutes the gradient of a sum along an inner axis once too often. */
export const cumsumGradient: tf.GradConfig = {
  kernelName: "Cumsum",
  gradFunc: (dy, _saved, attributes) => {
    const { axis, exclusive, reverse } = attributes as unknown as Attributes;
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};

/**
 * tfjs has none. With y = cumprod(x), dx_j = sum over i >= j of dy_i y_i / x_j. At the first zero of a row the product
 * must be taken without it; behind it every product contains the zero, so the gradient vanishes there.
 */
export const cumprodGradient: tf.GradConfig = {
  kernelName: "Cumprod",
  inputsToSave: ["x"],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const [x, y] = saved as [tf.Tensor, tf.Tensor];
    const { axis, exclusive, reverse } = attributes as unknown as Attributes;
    const weightedSum = (product: tf.Tensor) =>
      tf.cumsum(tf.mul(dy as tf.Tensor, product), axis, exclusive, !reverse);
    return {
      x: () => {
        const isZero = tf.equal(x, 0);
        const zerosBefore = tf.cumsum(tf.cast(isZero, "int32"), axis, true, reverse);
        const isFirstZero = tf.logicalAnd(isZero, tf.equal(zerosBefore, 0));
        const one = tf.onesLike(x);
        const withoutZero = tf.cumprod(tf.where(isFirstZero, one, x), axis, exclusive, reverse);
        const ordinary = tf.div(weightedSum(y), tf.where(isZero, one, x));
        const gradient = tf.where(isZero, tf.zerosLike(x), ordinary);
        return tf.where(isFirstZero, weightedSum(withoutZero), gradient);
      },
    };
  },
};
