import * as tf from "@tensorflow/tfjs";

/** What two numbers may differ by: absolute + relative * |expected|. */
export interface Tolerance {
  relative?: number;
  absolute?: number;
}

/** A number, or nested arrays of them. */
export type Nested = number | readonly Nested[];

/**
 * Throws where two tensors, or nested arrays, are not close; the message names the worst element.
 * @param actual    a tensor or nested arrays
 * @param expected  likewise, of the same shape
 */
export function assertClose(
  actual: tf.Tensor | Nested,
  expected: tf.Tensor | Nested,
  { relative = 1e-5, absolute = 1e-6 }: Tolerance = {},
  what = "value",
): void {
  const found = toFlat(actual);
  const wanted = toFlat(expected);
  if (found.shape.join() !== wanted.shape.join())
    throw new Error(`${what}: the shape is [${found.shape}], expected [${wanted.shape}].`);
  let worst = -1;
  let excess = 1;
  found.values.forEach((value, i) => {
    const target = wanted.values[i];
    if (value === target || (Number.isNaN(value) && Number.isNaN(target))) return;
    const ratio = Math.abs(value - target) / (absolute + relative * Math.abs(target));
    if (!(ratio <= excess)) {
      excess = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
      worst = i;
    }
  });
  if (worst >= 0) {
    const at = `element ${worst} of [${found.shape}]`;
    throw new Error(
      `${what}: ${at} is ${found.values[worst]}, expected ${wanted.values[worst]} (${excess.toPrecision(3)} times the tolerance).`,
    );
  }
}

function toFlat(x: tf.Tensor | Nested): { shape: number[]; values: number[] } {
  if (x instanceof tf.Tensor) return { shape: x.shape, values: Array.from(x.dataSync()) };
  const shape: number[] = [];
  for (let level: Nested = x; typeof level !== "number"; level = level[0]) shape.push(level.length);
  return { shape, values: leavesOf(x) };
}

function leavesOf(x: Nested): number[] {
  return typeof x === "number" ? [x] : x.flatMap(leavesOf);
}

/**
 * Numbers in [min, max) that look random and are always the same: data for tests.
 * @param seed  another seed, other numbers
 */
export function sampleData(shape: readonly number[], seed = 1, min = -1, max = 1): number[] {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635;
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return min + ((max - min) * ((mixed ^ (mixed >>> 13)) >>> 8)) / 2 ** 24;
  });
}

/** A tensor of {@link sampleData}. */
export function sampleTensor<T extends tf.Tensor = tf.Tensor>(
  shape: readonly number[],
  seed = 1,
  min = -1,
  max = 1,
): T {
  return tf.tensor(sampleData(shape, seed, min, max), [...shape]) as T;
}

/** Options of {@link checkGradients}. */
export interface GradientCheck extends Tolerance {
  /** Step of the differences; default 0.02. */
  step?: number;
}

/**
 * Compares tfjs's gradients with finite differences through the same function: the five-point central difference, whose
 * error is of order step^4, so that a step is possible that float32 resolves.
 * @param f       any number of float32 tensors to a tensor; its elements are weighted and summed to a scalar
 * @param inputs  what to differentiate at; keep away from kinks by more than two steps
 * @throws naming the input and element that differs most
 */
export function checkGradients(
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { step = 0.02, relative = 2e-3, absolute = 2e-3 }: GradientCheck = {},
): void {
  tf.tidy(() => {
    const scalar = (...xs: tf.Tensor[]) => weightedSum(f(...xs));
    const gradients = tf.grads(scalar)([...inputs]);
    inputs.forEach((input, which) => {
      const evaluate = (values: readonly number[]) =>
        tf.tidy(() => {
          const moved = tf.tensor([...values], input.shape);
          return scalar(...inputs.map((other, i) => (i === which ? moved : other))).dataSync()[0];
        });
      const numeric = finiteDifferences(evaluate, Array.from(input.dataSync()), step);
      const expected = tf.tensor(numeric, input.shape);
      assertClose(gradients[which], expected, { relative, absolute }, `gradient of input ${which}`);
    });
  });
}

/** The derivative of `f` with respect to each element, by the five-point central difference. */
export function finiteDifferences(
  f: (values: number[]) => number,
  values: readonly number[],
  step: number,
): number[] {
  return values.map((value, i) => {
    const at = (offset: number) => f(values.map((other, j) => (i === j ? value + offset : other)));
    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  });
}

/** A scalar whose gradient with respect to every element of `y` is another number. */
export function weightedSum(y: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(tf.cast(y, "float32"), sampleTensor(y.shape, 77, 0.5, 1.5)));
}
