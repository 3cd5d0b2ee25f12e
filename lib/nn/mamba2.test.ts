import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { silu, softplus } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters, flattenTree } from "../tensor/tree";
import {
  applyDense,
  applyGatedRmsNorm,
  applyMamba2,
  mamba2,
  mamba2Output,
  mamba2Selection,
  normalInit,
} from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const STATES = 3;
/** e = 2d channels in two heads. */
const tiny = (dimensions = 4) =>
  mamba2(
    { dimensions, headDimensions: dimensions, states: STATES, bias: true, init: normalInit(0.5) },
    Rng.key(1),
  );

describe("Mamba-2 layer", () => {
  test.each(["quadratic", "chunked", "recurrence"] as const)("is causal: %s", (form) => {
    const x = sampleTensor<tf.Tensor3D>([1, 6, 4], 1);
    const changed = tf.concat([x.slice([0, 0, 0], [1, 3, 4]), tf.ones([1, 3, 4])], 1) as tf.Tensor3D;
    const options = { states: STATES, form, chunk: 2 };
    const [before, after] = [applyMamba2(tiny(), x, options), applyMamba2(tiny(), changed, options)];
    assertClose(after.slice([0, 0, 0], [1, 3, 4]), before.slice([0, 0, 0], [1, 3, 4]));
    expect(after.sub(before).slice([0, 3, 0]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test("one step by hand: y = (Δ B·C + D) x of each head, x the convolution's last tap alone", () => {
    const params = tiny();
    const input = sampleTensor<tf.Tensor3D>([2, 1, 4], 1);
    const factor = tf.tensor3d([0.5, 2, -1, 3], [2, 1, 2]);
    const [mixing, step] = tf.split(applyDense(params.input, input), [8 + 2 * STATES, 2], 2);
    const tap = params.convolution.weight.slice([3, 0], [1, 8 + 2 * STATES]);
    const convolved = silu(mixing.mul(tap).add(params.convolution.bias));
    const [x, write, read] = tf.split(convolved, [8, STATES, STATES], 2);
    const delta = softplus(step.mul(factor).add(params.deltaBias)); // [2, 1, 2]
    const perHead = delta.mul(write.mul(read).sum(2, true)).add(params.skip);
    const y = perHead
      .expandDims(3)
      .mul(x.reshape([2, 1, 2, 4]))
      .reshape([2, 1, 8]);
    const gated = applyGatedRmsNorm(params.norm, y, applyDense(params.gate, input));
    const actual = applyMamba2(params, input, { states: STATES, deltaFactor: factor });
    assertClose(actual, applyDense(params.output, gated), { absolute: 1e-5 });
  });

  test("the output of one position is that row of all outputs", () => {
    const params = tiny();
    const input = sampleTensor<tf.Tensor3D>([2, 5, 4], 1);
    const { x } = mamba2Selection(params, input, { states: STATES });
    const y = sampleTensor([2, 5, 2, 4], 7);
    const row = (of: tf.Tensor) => tf.gather(of, 3, 1);
    const one = mamba2Output(params, { input: row(input), x: row(x), y: row(y) });
    assertClose(one, row(mamba2Output(params, { input, x, y })));
  });

  test("gradients", () => {
    const params = tiny(2);
    const leaves = flattenTree<object>(params) as [string, tf.Tensor][];
    const rebuilt = (values: readonly tf.Tensor[]) => {
      const at = (path: string) => values[leaves.findIndex(([name]) => name === path)];
      const layer = (name: string) => ({ weight: at(`${name}.weight`), bias: at(`${name}.bias`) });
      return {
        input: layer("input"),
        gate: layer("gate"),
        convolution: layer("convolution"),
        deltaBias: at("deltaBias"),
        logDecay: at("logDecay"),
        skip: at("skip"),
        norm: { weight: at("norm.weight") },
        output: layer("output"),
      };
    };
    checkGradients(
      (x, factor, ...values) =>
        applyMamba2(rebuilt(values), x as tf.Tensor3D, {
          states: STATES,
          form: "quadratic",
          activation: "tanh",
          deltaFactor: factor,
          epsilon: 0.1,
        }),
      [sampleTensor([1, 3, 2], 1), sampleTensor([1, 3, 2], 2), ...leaves.map(([, leaf]) => leaf.clone())],
    );
  });

  test("starts as Mamba-2 does", () => {
    const params = mamba2({ dimensions: 256, headDimensions: 2, states: 4 }, Rng.key(2));
    // e = 512 channels, 256 heads: maps in for x, B, C, Δ and the gate; 4 taps and a bias; Δ's bias, A and D; a norm; a map out.
    const mixing = 512 + 2 * 4;
    expect(countParameters(params)).toBe(256 * (mixing + 256 + 512) + 5 * mixing + 3 * 256 + 512 + 512 * 256);
    const decays = [...tf.exp(params.logDecay).dataSync()];
    expect(Math.min(...decays)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...decays)).toBeLessThan(16);
    const mean = decays.reduce((sum, decay) => sum + decay, 0) / 256;
    expect(Math.abs(mean - 8.5)).toBeLessThan(0.8); // uniform, deviation of the mean 0.27
    assertClose(params.skip, tf.ones([256]));
  });

  test("refuses heads that do not divide its channels", () => {
    expect(() => mamba2({ dimensions: 4, headDimensions: 3 }, Rng.key(1))).toThrow(
      "8 channels cannot be shared by heads of 3",
    );
  });
});
