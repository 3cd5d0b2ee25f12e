import * as tf from "@tensorflow/tfjs";
import type { OpCase } from "../cases";
import { concat } from "../concat";
import { round } from "../piecewise";
import { rearrange } from "../rearrange";
import { Dense, sum } from "../reference";
import { where } from "../where";

const mask = [1, 0, 0, 1, 1, 0];
const condition = () => tf.tensor2d(mask, [2, 3], "bool");

function compared(
  name: string,
  compare: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  definition: (a: number, b: number) => boolean,
): OpCase {
  return {
    name: `gradient through ${name}`,
    inputs: [{ shape: [5] }, { shape: [5] }],
    run: (x, y) => tf.mul(tf.cast(compare(x, y), "float32"), tf.mul(x, y)),
    reference: (x, y) => Dense.from([5], (i) => Number(definition(x.at(i), y.at(i))) * x.at(i) * y.at(i)),
  };
}

export const shapeCases: readonly OpCase[] = [
  {
    name: "rearrange, heads",
    inputs: [{ shape: [2, 3, 8] }],
    run: (x) => rearrange(x, "b l (h d) -> b h l d", { h: 4 }),
    reference: (x) => Dense.from([2, 4, 3, 2], (b, h, l, d) => x.at(b, l, 2 * h + d)),
  },
  {
    name: "rearrange, merged in another order",
    inputs: [{ shape: [2, 3, 4] }],
    run: (x) => rearrange(x, "a b c -> c (b a) 1"),
    reference: (x) => Dense.from([4, 6, 1], (c, ba) => x.at(ba % 2, Math.floor(ba / 2), c)),
  },
  {
    name: "rearrange, other axes",
    inputs: [{ shape: [2, 3, 4] }],
    run: (x) => rearrange(x, "... (p q) -> p ... q", { q: 2 }),
    reference: (x) => Dense.from([2, 2, 3, 2], (p, i, j, q) => x.at(i, j, 2 * p + q)),
  },
  {
    name: "concat",
    inputs: [{ shape: [2, 3] }, { shape: [2, 1] }],
    run: (x, y) => concat([x, y], 1),
    reference: (x, y) => Dense.from([2, 4], (i, j) => (j < 3 ? x.at(i, j) : y.at(i, 0))),
  },
  {
    name: "concat of scalars",
    inputs: [{ shape: [] }, { shape: [] }],
    run: (x, y) => concat([x, y]),
    reference: (x, y) => new Dense([2], [x.at(), y.at()]),
  },
  {
    name: "where, broadcast",
    inputs: [{ shape: [3] }, { shape: [2, 1] }],
    run: (x, y) => where(condition(), x, y),
    reference: (x, y) => Dense.from([2, 3], (i, j) => (mask[i * 3 + j] ? x.at(j) : y.at(i, 0))),
  },
  {
    name: "where, with a number",
    inputs: [{ shape: [2, 3] }],
    run: (x) => where(condition(), x, -1),
    reference: (x) => Dense.from([2, 3], (i, j) => (mask[i * 3 + j] ? x.at(i, j) : -1)),
  },
  {
    name: "tf.where",
    inputs: [{ shape: [2, 3] }, { shape: [2, 3] }],
    run: (x, y) => tf.where(condition(), x, y),
    reference: (x, y) => Dense.from([2, 3], (i, j) => (mask[i * 3 + j] ? x : y).at(i, j)),
  },
  {
    name: "round",
    inputs: [{ shape: [6], values: [-1.6, -0.4, 0.3, 0.8, 2.2, 7.9] }],
    run: (x) => tf.add(round(x), tf.mul(x, 0.1)),
    reference: (x) => x.map((z) => Math.round(z) + 0.1 * z),
  },
  {
    name: "round of int32",
    inputs: [{ shape: [3], values: [-2, 0, 5] }],
    run: (x) => round(tf.cast(x, "int32")),
    reference: (x) => x,
    differentiable: false,
  },
  compared("greater", tf.greater, (a, b) => a > b),
  compared("greaterEqual", tf.greaterEqual, (a, b) => a >= b),
  compared("less", tf.less, (a, b) => a < b),
  compared("lessEqual", tf.lessEqual, (a, b) => a <= b),
  compared("equal", tf.equal, (a, b) => a === b),
  compared("notEqual", tf.notEqual, (a, b) => a !== b),
  {
    name: "gradient through logical operations",
    inputs: [{ shape: [6] }],
    run: (x) => {
      const outside = tf.logicalOr(tf.less(x, -0.5), tf.greater(x, 0.5));
      const positive = tf.logicalAnd(tf.logicalNot(outside), tf.greater(x, 0));
      return tf.mul(x, tf.cast(positive, "float32"));
    },
    reference: (x) => x.map((z) => (z > 0 && z <= 0.5 ? z : 0)),
  },
  {
    name: "gradient through a cast to integers",
    inputs: [{ shape: [5], values: [-1.5, -0.4, 0.6, 1.7, 2.3] }],
    run: (x) => tf.mul(x, tf.cast(tf.cast(x, "int32"), "float32")),
    reference: (x) => x.map((z) => z * Math.trunc(z)),
  },
  {
    name: "sum, two axes",
    inputs: [{ shape: [2, 3, 4] }],
    run: (x) => tf.sum(x, [0, 2]),
    reference: (x) => Dense.from([3], (j) => sum(Dense.from([2, 4], (i, k) => x.at(i, j, k)).data)),
  },
  {
    name: "mean, all",
    inputs: [{ shape: [2, 3] }],
    run: (x) => tf.mean(x),
    reference: (x) => new Dense([], [sum(x.data) / 6]),
  },
  {
    name: "mean, kept axis",
    inputs: [{ shape: [2, 3, 4] }],
    run: (x) => tf.mean(x, 1, true),
    reference: (x) => Dense.from([2, 1, 4], (i, _, k) => (x.at(i, 0, k) + x.at(i, 1, k) + x.at(i, 2, k)) / 3),
  },
  {
    name: "tile",
    inputs: [{ shape: [2, 1, 3] }],
    run: (x) => tf.tile(x, [2, 4, 1]),
    reference: (x) => Dense.from([4, 4, 3], (i, _, k) => x.at(i % 2, 0, k)),
  },
];
