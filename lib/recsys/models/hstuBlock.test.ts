import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { applyHstuBlock, hstuBlock, timeBuckets } from "./hstuBlock";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [L, d, heads, windowLength] = [3, 4, 2, 5];
const x = () => sampleTensor<tf.Tensor3D>([2, L, d], 1);
const buckets = () => Rng.randint<tf.Tensor3D>(Rng.key(2), [2, L, L], 0, 129);
const init = (key: tf.Tensor1D, shape: readonly number[]) => Rng.normal(key, [...shape], 0, 0.5);
const params = () => hstuBlock({ dimensions: d, windowLength, init }, Rng.key(3));

const silu = (value: number) => value / (1 + Math.exp(-value));
function standardized(row: number[]): number[] {
  const mean = row.reduce((a, b) => a + b) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
}
function product(row: number[], matrix: number[][]): number[] {
  return matrix[0].map((_, column) => row.reduce((sum, value, i) => sum + value * matrix[i][column], 0));
}

/** The block by its equations, number by number. */
function reference(): number[][][] {
  const block = params();
  const [projection, output] = [block.projection, block.output].map(
    ({ weight }) => weight.arraySync() as number[][],
  );
  const [outputBias, positionBias, timeBias] = [block.output.bias!, block.positionBias, block.timeBias].map(
    (bias) => [...bias.dataSync()],
  );
  const bucket = buckets().arraySync();
  return x()
    .arraySync()
    .map((rows, b) => {
      const projected = rows.map((row) => product(standardized(row), projection).map(silu));
      const part = (which: number) => projected.map((row) => row.slice(which * d, (which + 1) * d));
      const [u, v, q, k] = [0, 1, 2, 3].map(part);
      return rows.map((row, i) => {
        const attended = Array<number>(d).fill(0);
        for (let head = 0; head < heads; head++) {
          const channels = Array.from({ length: d / heads }, (_, c) => (head * d) / heads + c);
          for (let j = 0; j <= i; j++) {
            const score = channels.reduce((sum, c) => sum + q[i][c] * k[j][c], 0);
            const weight = silu(score + positionBias[i - j] + timeBias[bucket[b][i][j]]) / windowLength;
            for (const c of channels) attended[c] += weight * v[j][c];
          }
        }
        const gated = standardized(attended).map((value, c) => u[i][c] * value);
        return product(gated, output).map((value, c) => row[c] + value + outputBias[c]);
      });
    });
}

describe("HSTU block", () => {
  test("equals its equations in plain loops", () => {
    assertClose(applyHstuBlock(params(), x(), buckets(), { heads }), reference(), { absolute: 1e-5 });
  });

  test("gradients", () => {
    const fixed = params();
    checkGradients(
      (input, weight, positionBias, timeBias) =>
        applyHstuBlock(
          { ...fixed, projection: { weight }, positionBias, timeBias },
          input as tf.Tensor3D,
          buckets(),
          { heads },
        ),
      [x(), fixed.projection.weight, fixed.positionBias, fixed.timeBias].map((tensor) =>
        tf.tensor(tensor.arraySync(), tensor.shape),
      ),
      { step: 5e-3, relative: 5e-3, absolute: 5e-3 },
    );
  });

  test("has 5 d² + d weights, one bias a position and 129 for times", () => {
    expect(countParameters(params())).toBe(5 * d * d + d + windowLength + 129);
  });

  test("refuses heads that do not divide the width", () => {
    expect(() => applyHstuBlock(params(), x(), buckets(), { heads: 3 })).toThrow(
      "4 dimensions cannot be shared by 3 heads",
    );
  });
});

test("time buckets are logarithmic, 0 up to a second, and blind to the sign", () => {
  // ln 2 / 0.301 = 2.3, ln 3600 / 0.301 = 27.2, ln 31,536,000 / 0.301 = 57.3, ln (2^31 - 1) / 0.301 = 71.4
  const seconds = tf.tensor3d([0, 1, 2, -2, 3600, 31_536_000, 2 ** 31 - 1], [1, 1, 7], "int32");
  expect([...timeBuckets(seconds).dataSync()]).toEqual([0, 0, 2, 2, 27, 57, 71]);
});
