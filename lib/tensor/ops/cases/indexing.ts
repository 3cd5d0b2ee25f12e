import * as tf from "@tensorflow/tfjs";
import type { OpCase } from "../cases";
import { gather } from "../gather";
import { gatherNd, scatterNd, stridedSlice } from "../indexing";
import { oneHot } from "../oneHot";
import { Dense } from "../reference";
import { argsort, sort, topK } from "../topK";

const int = (values: number[], shape: number[]) => tf.tensor(values, shape, "int32");
const ascending = (a: number, b: number) => a - b;
/** Twelve numbers, no two of them closer than 0.2: a step of a finite difference changes no order. */
const distinct = [0.3, -1.2, 0.9, 2.1, -0.4, 1.5, -2.2, 0.05, 1.2, -0.8, -1.6, 1.8];
const withTies = [1, 3, 3, 0, 3, 1, 2, 2, 2, 2, 5, 0];
const order = (row: number[], compare: (a: number, b: number) => number) =>
  row.map((_, i) => i).sort((i, j) => compare(row[i], row[j]) || i - j);

export const indexingCases: readonly OpCase[] = [
  {
    name: "gather rows",
    inputs: [{ shape: [4, 3] }],
    run: (x) => gather(x, int([3, 0, 3, 1, 1, 3], [2, 3])),
    reference: (x) => Dense.from([2, 3, 3], (i, j, k) => x.at([3, 0, 3, 1, 1, 3][i * 3 + j], k)),
  },
  {
    name: "gather one row",
    inputs: [{ shape: [4, 3] }],
    run: (x) => gather(x, tf.scalar(2, "int32")),
    reference: (x) => Dense.from([3], (k) => x.at(2, k)),
  },
  {
    name: "gather inner axis",
    inputs: [{ shape: [2, 4, 3] }],
    run: (x) => gather(x, int([3, 0, 3], [3]), 1),
    reference: (x) => Dense.from([2, 3, 3], (i, j, k) => x.at(i, [3, 0, 3][j], k)),
  },
  {
    name: "gather batch",
    inputs: [{ shape: [3, 4] }],
    run: (x) => gather(x, int([3, 0, 1, 1, 2, 2], [3, 2]), 1, 1),
    reference: (x) => Dense.from([3, 2], (i, j) => x.at(i, [3, 0, 1, 1, 2, 2][i * 2 + j])),
  },
  {
    name: "gather batch, last axis of three",
    inputs: [{ shape: [2, 2, 4] }],
    run: (x) => gather(x, int([3, 0, 1, 1], [2, 2]), 2, 1),
    reference: (x) => Dense.from([2, 2, 2], (b, i, j) => x.at(b, i, [3, 0, 1, 1][b * 2 + j])),
  },
  {
    name: "gatherNd",
    inputs: [{ shape: [3, 4, 2] }],
    run: (x) => gatherNd(x, int([2, 1, 0, 3, 2, 1], [3, 2])),
    reference: (x) => Dense.from([3, 2], (i, k) => x.at([2, 0, 2][i], [1, 3, 1][i], k)),
  },
  {
    name: "scatterNd",
    inputs: [{ shape: [3, 2] }],
    run: (x) => scatterNd(int([2, 0, 2], [3, 1]), x, [4, 2]),
    reference: (x) =>
      Dense.from([4, 2], (i, k) =>
        [2, 0, 2].reduce((total, row, j) => total + (row === i ? x.at(j, k) : 0), 0),
      ),
  },
  {
    name: "stridedSlice",
    inputs: [{ shape: [5, 6] }],
    run: (x) => stridedSlice(x, [3, 1], [0, 6], [-1, 2]),
    reference: (x) => Dense.from([3, 3], (i, j) => x.at(3 - i, 1 + 2 * j)),
  },
  {
    name: "tf.stridedSlice with masks",
    inputs: [{ shape: [3, 4, 5] }],
    // x[1:2, :, ::2, newaxis]
    run: (x) => tf.stridedSlice(x, [1, 0, 0, 0], [2, 0, 0, 0], [1, 1, 2, 1], 0b110, 0b110, 0, 0b1000),
    reference: (x) => Dense.from([1, 4, 3, 1], (_, i, j) => x.at(1, i, 2 * j)),
  },
  {
    name: "topK values",
    inputs: [{ shape: [2, 6], values: distinct }],
    run: (x) => topK(x, 3).values,
    reference: (x) => x.rows((row) => [...row].sort(ascending).reverse().slice(0, 3)),
  },
  {
    name: "topK indices",
    inputs: [{ shape: [2, 6], values: withTies }],
    run: (x) => topK(x, 4).indices,
    reference: (x) => x.rows((row) => order(row, (a, b) => b - a).slice(0, 4)),
    differentiable: false,
  },
  {
    name: "sort",
    inputs: [{ shape: [2, 6], values: distinct }],
    run: (x) => sort(x),
    reference: (x) => x.rows((row) => [...row].sort(ascending)),
  },
  {
    name: "sort first axis, descending",
    inputs: [{ shape: [6, 2], values: distinct }],
    run: (x) => sort(x, { axis: 0, descending: true }),
    reference: (x) =>
      x
        .swap(0, 1)
        .rows((row) => [...row].sort(ascending).reverse())
        .swap(0, 1),
  },
  {
    name: "argsort",
    inputs: [{ shape: [2, 6], values: withTies }],
    run: (x) => argsort(x),
    reference: (x) => x.rows((row) => order(row, ascending)),
    differentiable: false,
  },
  {
    name: "oneHot",
    inputs: [{ shape: [3], values: [2, 0, 5] }],
    run: (x) => oneHot(tf.cast(x, "int32"), 4),
    reference: (x) => Dense.from([3, 4], (i, j) => Number(x.at(i) === j)),
    differentiable: false,
  },
];
