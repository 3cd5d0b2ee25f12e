import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./custom";

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) * gain + bias.
 * @param x        [.., d]
 * @param gain     [d]
 * @param bias     [d]
 * @param epsilon  added to the (biased) variance
 * @see Ba, Kiros & Hinton 2016, arXiv:1607.06450
 */
export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): T {
  checkWidth("layerNorm", x, gain);
  checkWidth("layerNorm", x, bias);
  return withGradient<T>({
    inputs: [x, gain, bias],
    forward: () => {
      const { normalized, inverseDeviation } = standardize(x, epsilon);
      return { value: tf.add(tf.mul(normalized, gain), bias), saved: [normalized, inverseDeviation] };
    },
    backward: (dy, [, scale], [normalized, inverseDeviation]) => {
      const product = tf.mul(dy, normalized);
      // dx = (g - mean(g) - x̂ mean(g x̂)) / σ, with g = dy * gain; both means are products with the vector gain / d.
      const weights = tf.reshape(tf.div(scale, scale.size), [scale.size, 1]);
      const meanGradient = rowProducts(dy, weights);
      const meanProduct = rowProducts(product, weights);
      const centred = tf.sub(tf.sub(tf.mul(dy, scale), meanGradient), tf.mul(normalized, meanProduct));
      return [tf.mul(centred, inverseDeviation), sumOfRows(product), sumOfRows(dy)];
    },
    composed: ([input, scale, shift]) => tf.add(tf.mul(standardize(input, epsilon).normalized, scale), shift),
  });
}

/**
 * Root-mean-square normalisation over the last axis: x / sqrt(mean(x²) + epsilon) * weight.
 * @param x       [.., d]
 * @param weight  [d]
 * @see Zhang & Sennrich 2019, arXiv:1910.07467
 */
export function rmsNorm<T extends tf.Tensor>(x: T, weight: tf.Tensor, epsilon = 1e-6): T {
  checkWidth("rmsNorm", x, weight);
  return withGradient<T>({
    inputs: [x, weight],
    forward: () => {
      const inverse = inverseRootMeanSquare(x, epsilon);
      const normalized = tf.mul(x, inverse);
      return { value: tf.mul(normalized, weight), saved: [normalized, inverse] };
    },
    backward: (dy, [, scale], [normalized, inverse]) => {
      const product = tf.mul(dy, normalized);
      const meanProduct = rowProducts(product, tf.reshape(tf.div(scale, scale.size), [scale.size, 1]));
      const centred = tf.sub(tf.mul(dy, scale), tf.mul(normalized, meanProduct));
      return [tf.mul(centred, inverse), sumOfRows(product)];
    },
    composed: ([input, scale]) => tf.mul(tf.mul(input, inverseRootMeanSquare(input, epsilon)), scale),
  });
}

function standardize(x: tf.Tensor, epsilon: number) {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverseDeviation = inverseRootMeanSquare(centred, epsilon);
  return { normalized: tf.mul(centred, inverseDeviation), inverseDeviation };
}

/** [.., d] -> [.., 1] */
function inverseRootMeanSquare(x: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
}

/** [.., d] times [d, 1] -> [.., 1] */
function rowProducts(x: tf.Tensor, column: tf.Tensor): tf.Tensor {
  const width = x.shape[x.rank - 1];
  const product = tf.matMul(tf.reshape(x, [x.size / width, width]), column);
  return tf.reshape(product, [...x.shape.slice(0, -1), 1]);
}

/** [.., d] -> [d] */
function sumOfRows(x: tf.Tensor): tf.Tensor {
  return x.rank === 1
    ? tf.clone(x)
    : tf.sum(
        x,
        x.shape.slice(0, -1).map((_, axis) => axis),
      );
}

function checkWidth(name: string, x: tf.Tensor, vector: tf.Tensor): void {
  const width = x.shape[x.rank - 1];
  if (vector.rank !== 1 || vector.size !== width)
    throw new Error(
      `${name}: x is [${x.shape}], so gain and bias must be [${width}], not [${vector.shape}].`,
    );
}
