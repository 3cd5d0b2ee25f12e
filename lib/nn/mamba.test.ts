import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { silu, softplus } from "../tensor/ops/activations";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { countParameters, flattenTree } from "../tensor/tree";
import { applyDense, applyMamba, deltaBiasInit, mamba, mambaOutput, mambaSelection, normalInit } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const tiny = (dimensions = 4) =>
  mamba({ dimensions, states: 3, stepRank: 2, init: normalInit(0.5) }, Rng.key(1));

describe("Mamba-1 layer", () => {
  test("is causal: an output sees its own input and those before it", () => {
    const x = sampleTensor<tf.Tensor3D>([1, 6, 4], 1);
    const changed = tf.concat([x.slice([0, 0, 0], [1, 3, 4]), tf.ones([1, 3, 4])], 1) as tf.Tensor3D;
    const [before, after] = [applyMamba(tiny(), x), applyMamba(tiny(), changed)];
    assertClose(after.slice([0, 0, 0], [1, 3, 4]), before.slice([0, 0, 0], [1, 3, 4]));
    expect(after.sub(before).slice([0, 3, 0]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test("one step by hand: y = ((Δ B·C + D) x) SiLU(z), x the convolution's last tap alone", () => {
    const params = tiny();
    const input = sampleTensor<tf.Tensor3D>([2, 1, 4], 1);
    const tap = params.convolution.weight.slice([3, 0], [1, 8]);
    const x = silu(applyDense(params.input, input).mul(tap).add(params.convolution.bias));
    const [factor, write, read] = tf.split(applyDense(params.select, x), [2, 3, 3], 2);
    const delta = softplus(applyDense(params.step, factor));
    const y = delta.mul(write.mul(read).sum(2, true)).add(params.skip).mul(x);
    const expected = applyDense(params.output, y.mul(silu(applyDense(params.gate, input))));
    assertClose(applyMamba(params, input), expected, { absolute: 1e-5 });
  });

  test("the output of one position is that row of all outputs", () => {
    const params = tiny();
    const input = sampleTensor<tf.Tensor3D>([2, 5, 4], 1);
    const { x } = mambaSelection(params, input);
    const y = sampleTensor([2, 5, 8], 7);
    const row = <T extends tf.Tensor>(of: T) => of.slice([0, 3, 0], [2, 1, -1]);
    const one = mambaOutput(params, { input: row(input), x: row(x), y: row(y) });
    assertClose(one, row(mambaOutput(params, { input, x, y })));
  });

  test("gradients", () => {
    const params = tiny(2);
    const leaves = flattenTree<object>(params) as [string, tf.Tensor][];
    const rebuilt = (values: readonly tf.Tensor[]) => {
      const at = (path: string) => values[leaves.findIndex(([name]) => name === path)];
      const layer = (name: string) => ({ weight: at(`${name}.weight`) });
      return {
        input: layer("input"),
        gate: layer("gate"),
        convolution: { ...layer("convolution"), bias: at("convolution.bias") },
        select: layer("select"),
        step: { ...layer("step"), bias: at("step.bias") },
        logDecay: at("logDecay"),
        skip: at("skip"),
        output: layer("output"),
      };
    };
    checkGradients(
      (x, ...values) => applyMamba(rebuilt(values), x as tf.Tensor3D),
      [sampleTensor([1, 3, 2], 1), ...leaves.map(([, leaf]) => leaf.clone())],
    );
  });

  test("starts as Mamba does", () => {
    const params = mamba({ dimensions: 32 }, Rng.key(2));
    // Per channel, 64 of them: two maps in, 4 taps and a bias, 2 + 2·16 selected numbers, 2 + 1 of the step, 16 decays, D, a map out.
    expect(countParameters(params)).toBe(64 * (2 * 32 + 5 + (2 + 32) + 3 + 16 + 1 + 32));
    const decays = tf.exp(params.logDecay).slice([0, 5], [16, 1]).flatten();
    assertClose(decays, tf.range(1, 17), { relative: 1e-5 });
    assertClose(params.skip, tf.ones([64]));
  });
});

test("deltaBiasInit gives steps log-uniform between its limits", () => {
  const delta = softplus(deltaBiasInit(0.001, 0.1)(Rng.key(1), [4000]));
  const logs = [...delta.log().dataSync()];
  const [low, high] = [Math.log(0.001), Math.log(0.1)];
  expect(Math.min(...logs)).toBeGreaterThan(low - 1e-3);
  expect(Math.max(...logs)).toBeLessThan(high + 1e-3);
  for (const share of [0.25, 0.5, 0.75]) {
    const below = logs.filter((log) => log < low + share * (high - low)).length / logs.length;
    expect(Math.abs(below - share)).toBeLessThan(0.03);
  }
});
