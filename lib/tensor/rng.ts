import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "./backend";
import { noGradient } from "./ops/custom";
import { argsort } from "./ops/topK";
import { randomBits } from "./rngKeys";

export { foldIn, key, split } from "./rngKeys";

/**
 * Random numbers from keys. A key is used once: split it, or fold a number in, for the next draw. Every function is pure
 * and can be compiled; the bits are the same op by op, in a graph, under XLA and without TensorFlow, and so are the numbers
 * up to rounding. Nothing here has a gradient: write `mean + std * Rng.normal(key, shape)` for a reparametrised sample.
 */
const BITS_24 = 0xffffff;
const BITS_23 = 0x7fffff;
const BITS_31 = 0x7fffffff;

/** Uniform in [min, max), on a grid of 2^24 points. */
export function uniform<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  shape: readonly number[] = [],
  min = 0,
  max = 1,
): T {
  return constant(() => {
    const unit = tf.mul(tf.cast(randomBits(key, shape, BITS_24), "float32"), (max - min) * 2 ** -24);
    return min === 0 ? unit : tf.add(unit, min);
  }) as T;
}

/** True with probability p; exactly where `uniform` of the same key is below p. */
export function bernoulli<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  p: number | tf.Tensor,
  shape: readonly number[] = typeof p === "number" ? [] : p.shape,
): T {
  return constant(() => {
    if (typeof p !== "number") return tf.less(uniform(key, shape), p);
    if (!(p >= 0 && p <= 1)) throw new Error(`Rng.bernoulli: the probability ${p} is not in [0, 1].`);
    return tf.less(randomBits(key, shape, BITS_24), tf.scalar(Math.ceil(p * 2 ** 24), "int32"));
  }) as T;
}

/**
 * Whole numbers in [min, max), int32. With n = max - min, a number's probability is off 1/n by a factor of at most n / 2^31.
 */
export function randint<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  shape: readonly number[],
  min: number,
  max: number,
): T {
  const count = max - min;
  if (!Number.isInteger(min) || !Number.isInteger(max) || count < 1 || count >= 2 ** 31)
    throw new Error(`Rng.randint: [${min}, ${max}) is no range of 1 to 2^31 - 1 whole numbers.`);
  return constant(() => {
    const offset = tf.mod(randomBits(key, shape, BITS_31), tf.scalar(count, "int32"));
    return min === 0 ? offset : tf.add(offset, tf.scalar(min, "int32"));
  }) as T;
}

/** Normal, by Box and Muller's transform of two uniform numbers; the largest deviation it can draw is 5.77. */
export function normal<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  shape: readonly number[] = [],
  mean = 0,
  std = 1,
): T {
  return constant(() => {
    const size = tf.util.sizeFromShape([...shape]);
    const pairs = Math.ceil(size / 2);
    const bits = tf.cast(randomBits(key, [2, pairs], BITS_24), "float32");
    const [first, second] = tf.unstack(bits);
    const positive = tf.mul(tf.add(first, 1), 2 ** -24); // (0, 1]
    const radius = tf.sqrt(tf.mul(tf.log(positive), -2 * std * std));
    const angle = tf.mul(second, 2 * Math.PI * 2 ** -24);
    const both = tf.concat([tf.mul(radius, tf.cos(angle)), tf.mul(radius, tf.sin(angle))]);
    const sample = tf.reshape(size % 2 === 0 ? both : tf.slice(both, 0, size), [...shape]);
    return mean === 0 ? sample : tf.add(sample, mean);
  }) as T;
}

/** Normal, but never more than two standard deviations from the mean; `std` is that of the untruncated distribution. */
export function truncatedNormal<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  shape: readonly number[] = [],
  mean = 0,
  std = 1,
): T {
  return constant(() => {
    // The inverse distribution function at a number from the odd multiples of 2^-23 in (-1, 1), scaled to ±erf(2 / √2).
    const bits = tf.cast(randomBits(key, shape, BITS_23), "float32");
    const symmetric = tf.add(tf.mul(bits, 2 ** -22), 2 ** -23 - 1);
    const sample = tf.mul(erfInverse(tf.mul(symmetric, ERF_OF_TWO_DEVIATIONS)), Math.SQRT2 * std);
    return mean === 0 ? sample : tf.add(sample, mean);
  }) as T;
}

const ERF_OF_TWO_DEVIATIONS = 0.954499736103642;

/** Standard Gumbel: -log(-log(u)). The argmax of logits plus this is a sample of their softmax. */
export function gumbel<T extends tf.Tensor = tf.Tensor>(key: tf.Tensor, shape: readonly number[] = []): T {
  return constant(() => {
    const bits = tf.cast(randomBits(key, shape, BITS_23), "float32");
    const open = tf.add(tf.mul(bits, 2 ** -23), 2 ** -24); // (0, 1)
    return tf.neg(tf.log(tf.neg(tf.log(open))));
  }) as T;
}

/**
 * Classes drawn with replacement from the softmax of the logits.
 * @param logits   [.., V]
 * @param samples  how many of each row; left out: one, without an axis of its own
 * @returns [..] or [.., samples], int32
 */
export function categorical<T extends tf.Tensor = tf.Tensor>(
  key: tf.Tensor,
  logits: tf.Tensor,
  samples?: number,
): T {
  return constant(() => {
    if (samples === undefined) return tf.argMax(tf.add(logits, gumbel(key, logits.shape)), -1);
    const noise = gumbel(key, [...logits.shape.slice(0, -1), samples, logits.shape[logits.rank - 1]]);
    return tf.argMax(tf.add(tf.expandDims(logits, -2), noise), -1);
  }) as T;
}

/** The numbers 0 to n - 1 in random order, int32 [n]. */
export function permutation(key: tf.Tensor, n: number): tf.Tensor1D {
  return constant(() => argsort(randomBits(key, [n], BITS_31), { descending: true })) as tf.Tensor1D;
}

function constant(draw: () => tf.Tensor): tf.Tensor {
  return noGradient(() => tf.tidy(draw));
}

/** The inverse of the error function, for |x| below 0.955. */
function erfInverse(x: tf.Tensor): tf.Tensor {
  if (isNative()) return rawOp("Erfinv", [x])[0];
  return tf.tensor(x.dataSync().map(centralErfInverse), x.shape);
}

/**
 * Giles's approximation, relative error 4e-7.
 * @see Giles 2010, "Approximating the erfinv function", GPU Computing Gems, table 5
 */
export function centralErfInverse(x: number): number {
  const w = -Math.log((1 - x) * (1 + x)) - 2.5;
  return x * CENTRAL_COEFFICIENTS.reduce((sum, coefficient) => sum * w + coefficient);
}

const CENTRAL_COEFFICIENTS = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
