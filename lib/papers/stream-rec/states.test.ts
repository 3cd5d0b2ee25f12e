import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import {
  residualOf,
  runningStates,
  stateOf,
  type ThinkingNetworks,
  targetVectors,
  thinkingNetworks,
} from "./states";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const D = 6;

/** Networks whose second matrices are not 0 any more. */
function moved(): ThinkingNetworks {
  const networks = thinkingNetworks({ dimensions: D }, Rng.key(1));
  networks.state.contract.weight.assign(sampleTensor([D, D], 3));
  networks.residual.contract.weight.assign(sampleTensor([D, D], 4));
  return networks;
}

const normed = (x: number[]) => {
  const rms = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + 1e-6);
  return x.map((value) => value / rms);
};

describe("the networks of state and residual", () => {
  test("start as normalisation and identity", () => {
    const networks = thinkingNetworks({ dimensions: D }, Rng.key(1));
    const x = sampleTensor<tf.Tensor2D>([3, D], 2, -3, 3);
    assertClose(stateOf(networks, x), (x.arraySync() as number[][]).map(normed));
    const target = sampleTensor<tf.Tensor2D>([3, D], 5);
    assertClose(residualOf(networks, target, x), target.sub(x));
    expect(networks.state.expand.weight.arraySync()).not.toEqual(networks.residual.expand.weight.arraySync());
    expect(networks.state.expand.bias).toBeUndefined();
  });

  test("are x + W2 gelu(W1 x), by hand", () => {
    const networks = moved();
    const gelu = (x: number) => {
      // erf by its series: |x| is small here
      let [term, sum] = [x / Math.SQRT2, x / Math.SQRT2];
      for (let n = 1; n < 60; n++) {
        term *= -((x / Math.SQRT2) ** 2) / n;
        sum += term / (2 * n + 1);
      }
      return 0.5 * x * (1 + (2 / Math.sqrt(Math.PI)) * sum);
    };
    const perceptron = (network: ThinkingNetworks["state"], x: number[]) => {
      const [first, second] = [network.expand, network.contract].map(
        ({ weight }) => weight.arraySync() as number[][],
      );
      const hidden = x.map((_, j) => gelu(x.reduce((sum, value, i) => sum + value * first[i][j], 0)));
      return x.map((value, j) => value + hidden.reduce((sum, h, i) => sum + h * second[i][j], 0));
    };
    const [x] = sampleTensor<tf.Tensor2D>([1, D], 2).arraySync();
    const [t] = sampleTensor<tf.Tensor2D>([1, D], 9).arraySync();
    assertClose(stateOf(networks, tf.tensor2d([x])), [perceptron(networks.state, normed(x))], {
      absolute: 1e-5,
    });
    assertClose(
      residualOf(networks, tf.tensor2d([t]), tf.tensor2d([x])),
      [
        perceptron(
          networks.residual,
          t.map((value, i) => value - x[i]),
        ),
      ],
      { absolute: 1e-5 },
    );
  });

  test("running states are those of the sums so far; a mean makes the same", () => {
    const networks = moved();
    const outputs = sampleTensor<tf.Tensor3D>([2, 4, D], 3);
    const states = runningStates(networks, outputs);
    for (let i = 0; i < 4; i++) {
      const sum = outputs.slice([0, 0, 0], [2, i + 1, D]).sum<tf.Tensor2D>(1);
      const own = states.slice([0, i, 0], [2, 1, D]).reshape([2, D]);
      assertClose(own, stateOf(networks, sum), { absolute: 1e-5 });
      assertClose(own, stateOf(networks, sum.div<tf.Tensor2D>(i + 1)), { absolute: 1e-4 });
    }
  });

  test("gradients of outputs, targets and states", () => {
    const networks = moved();
    checkGradients(
      (outputs) => runningStates(networks, outputs as tf.Tensor3D),
      [sampleTensor([2, 3, D], 3, 0.5, 1.5)],
    );
    checkGradients(
      (t, s) => residualOf(networks, t.expandDims(1), s as tf.Tensor3D),
      [sampleTensor([2, D], 5), sampleTensor([2, 3, D], 6)],
    );
  });

  test("the target is the mean of its tokens' embeddings, and has no gradient", () => {
    const { tokens } = thinkingWorld();
    const { t5 } = thinkingModel(tokens);
    const { table } = t5.weights.embedding;
    const targets = tf.tensor2d([1, 5, 9, 2, 2, 12], [2, 3], "int32");
    const rows = table.arraySync() as number[][];
    const expected = [
      [1, 5, 9],
      [2, 2, 12],
    ].map((ids) => rows[0].map((_, k) => ids.reduce((sum, id) => sum + rows[id][k], 0) / 3));
    assertClose(targetVectors(t5, targets), expected);
    const loss = () => targetVectors(t5, targets).square().sum<tf.Scalar>().add<tf.Scalar>(table.sum());
    assertClose(tf.variableGrads(loss, [table]).grads[table.name], tf.onesLike(table));
  });
});
