import * as tf from "@tensorflow/tfjs";
import { philoxStream } from "../../rngPhilox";
import { gelu, silu, softplus } from "../activations";
import type { OpCase } from "../cases";
import { dropout } from "../dropout";
import { logSumExp } from "../logSumExp";
import { layerNorm, rmsNorm } from "../norms";
import { Dense, erf, sum } from "../reference";
import { softmaxCrossEntropy } from "../softmaxCrossEntropy";
import { straightThrough } from "../stopGradient";

const logSum = (row: readonly number[]) => {
  const largest = Math.max(...row);
  return largest + Math.log(sum(row.map((x) => Math.exp(x - largest))));
};
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const labels = [4, 0, 2, 2, 1, 3];
const dropoutKey = [17, 5];

export const activationCases: readonly OpCase[] = [
  {
    name: "gelu",
    inputs: [{ shape: [3, 7], min: -4, max: 4 }],
    run: (x) => gelu(x),
    reference: (x) => x.map((z) => z * 0.5 * (1 + erf(z / Math.SQRT2))),
  },
  {
    name: "gelu, tanh approximation",
    inputs: [{ shape: [3, 7], min: -4, max: 4 }],
    run: (x) => gelu(x, { approximate: true }),
    reference: (x) =>
      x.map((z) => 0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))),
  },
  {
    name: "silu",
    inputs: [{ shape: [3, 7], min: -6, max: 6 }],
    run: (x) => silu(x),
    reference: (x) => x.map((z) => z * sigmoid(z)),
  },
  {
    name: "softplus",
    inputs: [{ shape: [3, 7], min: -6, max: 6 }],
    run: (x) => softplus(x),
    reference: (x) => x.map((z) => Math.log1p(Math.exp(z))),
  },
  {
    name: "logSumExp, last axis",
    inputs: [{ shape: [2, 3, 5], min: -3, max: 3 }],
    run: (x) => logSumExp(x),
    reference: (x) => new Dense([2, 3], x.rows((row) => [logSum(row)]).data),
  },
  {
    name: "logSumExp, inner axis kept",
    inputs: [{ shape: [2, 3, 5], min: -3, max: 3 }],
    run: (x) => logSumExp(x, 1, true),
    reference: (x) =>
      x
        .swap(1, 2)
        .rows((row) => [logSum(row)])
        .swap(1, 2),
  },
  {
    name: "softmaxCrossEntropy",
    inputs: [{ shape: [2, 3, 5], min: -3, max: 3 }],
    run: (x) => softmaxCrossEntropy(tf.tensor2d(labels, [2, 3], "int32"), x),
    reference: (x) => new Dense([2, 3], x.rows((row, i) => [logSum(row) - row[labels[i]]]).data),
  },
  {
    name: "layerNorm",
    inputs: [{ shape: [2, 3, 8], min: -2, max: 3 }, { shape: [8], min: 0.5, max: 1.5 }, { shape: [8] }],
    run: (x, gain, bias) => layerNorm(x, gain, bias, 1e-3),
    reference: (x, gain, bias) =>
      x.rows((row) => {
        const mean = sum(row) / row.length;
        const variance = sum(row.map((z) => (z - mean) ** 2)) / row.length;
        return row.map((z, i) => ((z - mean) / Math.sqrt(variance + 1e-3)) * gain.at(i) + bias.at(i));
      }),
  },
  {
    name: "rmsNorm",
    inputs: [
      { shape: [2, 3, 8], min: -2, max: 3 },
      { shape: [8], min: 0.5, max: 1.5 },
    ],
    run: (x, weight) => rmsNorm(x, weight, 1e-3),
    reference: (x, weight) =>
      x.rows((row) => {
        const scale = 1 / Math.sqrt(sum(row.map((z) => z * z)) / row.length + 1e-3);
        return row.map((z, i) => z * scale * weight.at(i));
      }),
  },
  {
    name: "dropout",
    inputs: [{ shape: [4, 9] }],
    run: (x) => dropout(x, 0.3, tf.tensor1d(dropoutKey, "int32")),
    reference: (x) => {
      const halves = [...philoxStream(dropoutKey, 18)].flatMap((word) => [word & 0xffff, word >>> 16]);
      const kept = halves.map((half) => Number(half < Math.round(0.7 * 2 ** 16)));
      return new Dense(
        x.shape,
        x.data.map((z, i) => (z * kept[i]) / 0.7),
      );
    },
  },
  {
    name: "straightThrough",
    inputs: [{ shape: [5] }],
    run: (x) => tf.mul(straightThrough(x, tf.clone(x)), x),
    reference: (x) => x.map((z) => z * z),
  },
];
