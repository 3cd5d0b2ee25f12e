import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { infoNce } from "../contrastive";
import { inBatchContrast } from "./inBatchContrast";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TAU = 0.5;
const ids = (...values: number[]) => tf.tensor1d(values, "int32");

describe("in-batch contrast", () => {
  // Cosines: q_1 = (1, 0), q_2 = (0, 1), q_3 = (.6, .8) with k_1 = (1, 0), k_2 = (.6, .8), k_3 = (0, 1).
  const queries = () => tf.tensor2d([3, 0, 0, 2, 0.6, 0.8], [3, 2]);
  const keys = () => tf.tensor2d([1, 0, 6, 8, 0, 5], [3, 2]);

  test("has the worked values where all targets differ", () => {
    const of = inBatchContrast(queries(), keys(), {
      temperature: TAU,
      targets: ids(4, 7, 9),
      weights: tf.ones([3]),
    });
    const row = (own: number, ...all: number[]) =>
      Math.log(all.reduce((sum, cosine) => sum + Math.exp(cosine / TAU), 0)) - own / TAU;
    assertClose(of, [row(1, 1, 0.6, 0), row(0.8, 0, 0.8, 1), row(0.8, 0.6, 1, 0.8)]);
    // the first by numbers: ln(e² + e^1.2 + 1) - 2 = .461077
    expect(of.dataSync()[0]).toBeCloseTo(Math.log(7.389056 + 3.320117 + 1) - 2, 5);
    assertClose(of, infoNce(queries(), keys(), { temperature: TAU }));
  });

  test("another row of the same target adds 1 to the sum, whatever its cosine", () => {
    const of = inBatchContrast(queries(), keys(), {
      temperature: TAU,
      targets: ids(4, 7, 4),
      weights: tf.ones([3]),
    });
    const sums = [
      Math.exp(1 / TAU) + Math.exp(0.6 / TAU) + 1,
      1 + Math.exp(0.8 / TAU) + Math.exp(1 / TAU),
      1 + Math.exp(1 / TAU) + Math.exp(0.8 / TAU),
    ];
    assertClose(of, [Math.log(sums[0]) - 2, Math.log(sums[1]) - 1.6, Math.log(sums[2]) - 1.6]);
    // The third row's cosine with the first key is .6, the first row's with the third key 0: only one of both changed.
    const distinct = Math.log(Math.exp(0.6 / TAU) + Math.exp(1 / TAU) + Math.exp(0.8 / TAU)) - 1.6;
    expect(of.dataSync()[2]).toBeLessThan(distinct - 0.1);
  });

  test("rows that only fill the batch up are nobody's negatives", () => {
    const weights = tf.tensor1d([1, 1, 0]);
    const padded = inBatchContrast(queries(), keys(), { temperature: TAU, targets: ids(4, 7, 4), weights });
    const two = inBatchContrast(queries().slice([0, 0], [2, 2]), keys().slice([0, 0], [2, 2]), {
      temperature: TAU,
      targets: ids(4, 7),
      weights: tf.ones([2]),
    });
    assertClose(padded.slice(0, 2), two);
    expect(padded.dataSync().every(Number.isFinite)).toBe(true);
  });

  test("gradients against finite differences", () => {
    const weights = tf.tensor1d([1, 1, 1, 0]);
    const contrast = (q: tf.Tensor, k: tf.Tensor) =>
      inBatchContrast(q as tf.Tensor2D, k as tf.Tensor2D, {
        temperature: TAU,
        targets: ids(1, 2, 1, 3),
        weights,
      });
    checkGradients(contrast as (...xs: tf.Tensor[]) => tf.Tensor, [
      sampleTensor([4, 3], 1, 0.5, 1.5),
      sampleTensor([4, 3], 2, -1.5, -0.5),
    ]);
  });
});
