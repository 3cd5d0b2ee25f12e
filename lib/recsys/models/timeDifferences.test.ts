import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { normalInit } from "../../nn";
import { tf } from "../../tensor";
import { layerNorm as normalise } from "../../tensor/ops/norms";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import {
  applyTimeDifferences,
  gapSequence,
  maskedNorm,
  nextGaps,
  timeDifferences,
  timeResidual,
} from "./timeDifferences";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("the gaps of a batch", () => {
  // Histories of 3, 2 and 1 events; the gap behind each leads to the predicted one.
  const batch = () => ({
    gaps: tf.tensor2d([
      [0, 1, 2, 3],
      [0, 4, 5, 0],
      [0, 6, 0, 0],
    ]),
    lengths: tf.tensor1d([3, 2, 1], "int32"),
  });
  const days = (values: number[][]) => values.map((row) => row.map((value) => 86_400 * value));

  test("are seconds between events, without the one that leads to the predicted event", () => {
    const { seconds, mask } = gapSequence(batch(), { windowLength: 3, servingTime: false });
    assertClose(
      seconds,
      days([
        [0, 1, 2],
        [0, 4, 0],
        [0, 0, 0],
      ]),
    );
    assertClose(mask, [
      [1, 1, 1],
      [1, 1, 0],
      [1, 0, 0],
    ]);
  });
  test("with the time of prediction have that one, too, and a wider window fills up with none", () => {
    const { seconds, mask } = gapSequence(batch(), { windowLength: 4, servingTime: true });
    assertClose(
      seconds,
      days([
        [0, 1, 2, 3, 0],
        [0, 4, 5, 0, 0],
        [0, 6, 0, 0, 0],
      ]),
    );
    assertClose(mask.sum(1), [4, 3, 2]);
  });
});

describe("masked norm", () => {
  const params = () => ({ gain: sampleTensor([4], 1), bias: sampleTensor([4], 2) });
  const x = () => sampleTensor([3, 4], 3, 0, 5);
  test("is the layer norm where nothing is masked", () => {
    const { gain, bias } = params();
    const plain = normalise(x(), gain, bias, 1e-5);
    assertClose(maskedNorm({ gain, bias }, x(), tf.ones([3, 4])), plain, { absolute: 1e-5 });
  });
  test("does not see what is masked, and is 0 there", () => {
    const mask = tf.tensor2d([[1, 1, 0, 0]]);
    const [some, other] = [x(), x().add(tf.tensor1d([0, 0, 1e6, -7]))];
    assertClose(maskedNorm(params(), other, mask), maskedNorm(params(), some, mask));
    const tail = maskedNorm(params(), some, mask).slice([0, 2], [3, 2]);
    assertClose(tail, tf.zeros([3, 2]));
  });
  test("a row of one gap, or of equal ones, gives the bias", () => {
    const { gain, bias } = params();
    const values = tf.tensor2d([[5, 5, 5, 5]]);
    for (const mask of [tf.tensor2d([[1, 0, 0, 0]]), tf.ones([1, 4])])
      assertClose(maskedNorm({ gain, bias }, values, mask), bias.mul(mask));
  });
  test("gradients", () => {
    const mask = tf.tensor2d([[1, 1, 1, 0]]);
    checkGradients(
      (gain, bias, values) => maskedNorm({ gain, bias }, values, mask),
      [sampleTensor([4], 1), sampleTensor([4], 2), sampleTensor([3, 4], 3, 0, 5)],
    );
  });
});

describe("time differences", () => {
  const init = normalInit(0.5);
  const layer = () =>
    timeDifferences({ gaps: 4, heads: 2, width: 3, init, convolutionInit: init }, Rng.key(1));
  const options = { activation: "silu", dropoutRate: 0 } as const;

  test("one gap that is no 0, by hand: scaled by the network, spread by two convolutions", () => {
    const gaps = tf.tensor3d([0, 2, 0, 0], [1, 1, 4]);
    const zeros = (...shape: number[]) => tf.zeros(shape);
    const ones = (...shape: number[]) => tf.ones(shape);
    const tap = (values: number[]) => ({ weight: tf.tensor2d(values, [2, 1]), bias: zeros(1) });
    // scale = W₂ SiLU(W₁ g) with W₁ all ones and W₂ all 0.5: 4 · 0.5 · SiLU(2) everywhere
    const params = {
      expand: { weight: ones(4, 4), bias: zeros(4) },
      contract: { weight: ones(4, 4).mul(0.5), bias: zeros(4) },
      first: tap([3, 1]),
      second: tap([0, -1]),
    };
    const scaled = 2 * ((2 * 2) / (1 + Math.exp(-2)));
    const actual = applyTimeDifferences(params, gaps, { activation: "relu", dropoutRate: 0 });
    assertClose(actual, [[[0, 0, 0, 0]]]);
    const second = tap([0, 1]);
    const spread = applyTimeDifferences({ ...params, second }, gaps, { activation: "relu", dropoutRate: 0 });
    assertClose(spread, [[[0, scaled, 3 * scaled, 0]]]);
  });

  test("an early one depends on a later gap: why there are no vectors of all positions", () => {
    const gaps = sampleTensor<tf.Tensor3D>([1, 2, 4], 1);
    const later = gaps.add<tf.Tensor3D>(tf.tensor1d([0, 0, 0, 1]));
    const [before, after] = [gaps, later].map((of) => applyTimeDifferences(layer(), of, options));
    expect(after.sub(before).slice([0, 0, 0], [1, 2, 1]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test("the next layer's gaps are a gated mean of gaps and differences, normed", () => {
    const residual = timeResidual({ gaps: 4, init }, Rng.key(2));
    const [g, td] = [sampleTensor<tf.Tensor3D>([2, 3, 4], 1), sampleTensor<tf.Tensor3D>([2, 3, 4], 2)];
    const { weight, bias } = residual.gate;
    const rho = tf.sigmoid(
      g
        .mul(weight.reshape([4]))
        .sum(2, true)
        .add(bias!),
    );
    const mixed = rho.mul(g).add(tf.sub(1, rho).mul(td));
    const expected = normalise(mixed, residual.norm.gain, residual.norm.bias, 1e-5);
    const actual = nextGaps(residual, g, td, tf.ones([2, 1, 4]), { dropoutRate: 0 });
    assertClose(actual, expected, { absolute: 1e-5 });
  });
});
