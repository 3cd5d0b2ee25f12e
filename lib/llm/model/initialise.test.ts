import { afterEach, describe, expect, it } from "vitest";
import { compile, Rng, tf } from "../../tensor";
import { assertClose, finiteDifferences, sampleTensor } from "../../tensor/testing";
import { countParameters, flattenTree } from "../../tensor/tree";
import type { ModelConfig } from "./config";
import { run } from "./forward";
import { initialiseLanguageModel, trainableWeights } from "./initialise";
import { scoped } from "./scope";
import { smallConfig, tokenRows } from "./testing";

const tensors = tf.memory().numTensors;
afterEach(() => {
  tf.disposeVariables();
  expect(tf.memory().numTensors).toBe(tensors);
});

const made = (options: Partial<ModelConfig> = {}, deviation?: number) =>
  scoped(() => initialiseLanguageModel(smallConfig(options), Rng.key(3), { deviation }));

describe("initialiseLanguageModel", () => {
  it("has the parameters of its configuration, a tied embedding once", () => {
    // V D + L (2 D + D H d + 2 D G d + H d D + 3 D F) + D, of the small configuration
    const layer = 2 * 12 + 12 * 24 + 2 * 12 * 12 + 24 * 12 + 3 * 12 * 20;
    expect(countParameters(trainableWeights(made()))).toBe(17 * 12 + 2 * layer + 12);
    expect(countParameters(trainableWeights(made({ tied: false })))).toBe(2 * 17 * 12 + 2 * layer + 12);
    expect(countParameters(trainableWeights(made({ qkvBias: true })))).toBe(
      17 * 12 + 2 * (layer + 24 + 2 * 12) + 12,
    );
    const { weights } = made();
    expect(weights.unembedding).toBe(weights.embedding);
  });

  it("draws matrices of the deviation asked for, those that write into the stream smaller by √2L", () => {
    const { weights } = made({ width: 64, inner: 64, layers: 8 }, 0.1);
    const spread = (weight: tf.Tensor) => tf.tidy(() => tf.moments(weight).variance.sqrt().dataSync()[0]);
    const { query, output, up, down, attentionNorm } = weights.layers[0];
    assertClose([query.weight, up.weight].map(spread), [0.1, 0.1], { relative: 0.06 });
    assertClose([output.weight, down.weight].map(spread), [0.025, 0.025], { relative: 0.06 });
    expect(spread(attentionNorm)).toBe(0);
    const matrices = flattenTree(trainableWeights(made())).filter(([, { rank }]) => rank === 2);
    const firsts = matrices.map(([, weight]) => weight.dataSync()[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("is the same for the same key, and another for another", () => {
    const first = (seed: number) =>
      tf.tidy(() =>
        flattenTree(trainableWeights(initialiseLanguageModel(smallConfig(), Rng.key(seed)))).map(
          ([, weight]) => [...weight.dataSync()],
        ),
      );
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it("refuses what no model can have", () => {
    const config = { ...smallConfig(), kvHeads: 3 };
    expect(() => scoped(() => initialiseLanguageModel(config, Rng.key(1)))).toThrow(
      "initialiseLanguageModel: 4 query heads cannot share 3 heads of keys and values evenly.",
    );
  });

  it("is trained through `run`: gradients of every parameter are those of finite differences", () => {
    const model = made({ qkvBias: true, layers: 1 }, 0.4);
    const tokens = tokenRows([[3, 1, 4, 1, 5]]);
    const weighing = sampleTensor([1, 5, 17]);
    const loss = () => run(model, tokens).logits.softmax().mul(weighing).sum<tf.Scalar>();
    const compiled = compile(loss, { name: "loss", xla: false });
    const parameters = flattenTree(trainableWeights(model)) as [string, tf.Variable][];
    const { value, grads } = tf.variableGrads(
      loss,
      parameters.map(([, variable]) => variable),
    );
    for (const [path, variable] of parameters) {
      const values = [...variable.dataSync()];
      const which = [0, values.length - 1];
      const at = (chosen: number[]) => {
        const moved = values.slice();
        which.forEach((index, i) => {
          moved[index] = chosen[i];
        });
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return tf.tidy(() => compiled().dataSync()[0]);
      };
      const expected = finiteDifferences(
        at,
        which.map((i) => values[i]),
        0.02,
      );
      at(which.map((i) => values[i]));
      const gradient = grads[variable.name].dataSync();
      assertClose(
        which.map((i) => gradient[i]),
        expected,
        { relative: 2e-3, absolute: 2e-5 },
        path,
      );
    }
    compiled.dispose();
    tf.dispose([tokens, weighing, value, grads] as tf.TensorContainer);
  });
});
