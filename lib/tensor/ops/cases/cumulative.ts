import * as tf from "@tensorflow/tfjs";
import type { OpCase } from "../cases";
import { type CumulativeOptions, cumprod, cumsum } from "../cumulative";
import type { Dense } from "../reference";
import { scan } from "../scan";

type Accumulate = (total: number, value: number) => number;

/** Runs along one axis, the definition. */
function cumulate(x: Dense, axis: number, start: number, f: Accumulate, options: CumulativeOptions): Dense {
  const last = x.shape.length - 1;
  const along = (row: number[]) => {
    const sequence = options.reverse ? [...row].reverse() : row;
    let total = start;
    const totals = sequence.map((value) => {
      const before = total;
      total = f(total, value);
      return options.exclusive ? before : total;
    });
    return options.reverse ? totals.reverse() : totals;
  };
  return x.swap(axis, last).rows(along).swap(axis, last);
}

const settings: [axis: number, options: CumulativeOptions][] = [
  [0, {}],
  [1, {}],
  [2, { reverse: true }],
  [1, { exclusive: true }],
  [1, { exclusive: true, reverse: true }],
];
const label = (axis: number, options: CumulativeOptions) =>
  `axis ${axis} ${Object.keys(options).join(" ")}`.trim();

const sums = settings.map(
  ([axis, options]): OpCase => ({
    name: `cumsum ${label(axis, options)}`,
    inputs: [{ shape: [2, 3, 4] }],
    run: (x) => cumsum(x, axis, options),
    reference: (x) => cumulate(x, axis, 0, (a, b) => a + b, options),
  }),
);

const products = settings.map(
  ([axis, options]): OpCase => ({
    name: `cumprod ${label(axis, options)}`,
    inputs: [{ shape: [2, 3, 4], min: 0.4, max: 1.8 }],
    run: (x) => cumprod(x, axis, options),
    reference: (x) => cumulate(x, axis, 1, (a, b) => a * b, options),
  }),
);

const withZeros = [{}, { reverse: true }, { exclusive: true }].map(
  (options: CumulativeOptions): OpCase => ({
    name: `cumprod with zeros ${Object.keys(options)}`.trim(),
    inputs: [{ shape: [3, 5], values: [1, 2, 0, 3, 0.5, 0, 2, 0, -1, 1, 2, 1.5, -1, 0.5, 0] }],
    run: (x) => cumprod(x, 1, options),
    reference: (x) => cumulate(x, 1, 1, (a, b) => a * b, options),
  }),
);

const smooth: Accumulate = (total, value) => Math.tanh(0.5 * total + value);
const recurrence = (name: string, reverse: boolean): OpCase => ({
  name: `scan ${name}`,
  inputs: [{ shape: [4, 3] }],
  run: (x) => {
    const step = (carry: tf.Tensor, input: tf.Tensor): [tf.Tensor, tf.Tensor] => {
      const next = tf.tanh(tf.add(tf.mul(carry, 0.5), input));
      return [next, next];
    };
    return scan(step, tf.zeros([3]) as tf.Tensor, x, { reverse })[1];
  },
  reference: (x) => cumulate(x, 0, 0, smooth, { reverse }),
});

export const cumulativeCases: readonly OpCase[] = [
  ...sums,
  ...products,
  ...withZeros,
  recurrence("forward", false),
  recurrence("backward", true),
];
