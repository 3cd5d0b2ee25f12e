import { afterEach, describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { run } from "../../../llm/model";
import { trainableWeights } from "../../../llm/model/initialise";
import { adamW } from "../../../optim";
import { compile, tf } from "../../../tensor";
import { assertClose, finiteDifferences } from "../../../tensor/testing";
import { countParameters, flattenTree } from "../../../tensor/tree";
import { promptRows } from "../patching/batches";
import { promptSet, splitCombinations } from "./examples";
import {
  answeredPrompts,
  answerLogits,
  answerLoss,
  SMALL_TRANSFORMER,
  smallTransformer,
} from "./smallTransformer";
import { answerAccuracy, type TrainingCheck, trainCircuit } from "./training";

const tensors = tf.memory().numTensors;
afterEach(() => {
  tf.disposeVariables();
  expect(tf.memory().numTensors).toBe(tensors);
});

const TINY = { ...SMALL_TRANSFORMER, width: 16, headWidth: 4, inner: 16 };
const prompts = promptSet(createRandom(1), { count: 32, triples: 2 });

it("has 125 thousand parameters", () => {
  // V D + L (2 D + 4 D² + 3 D F) + D
  expect(countParameters(trainableWeights(smallTransformer(1)))).toBe(
    31 * 64 + 3 * (128 + 4 * 4096 + 3 * 8192) + 64,
  );
});

it("answers as the model does that is run with hooks", () => {
  const model = smallTransformer(2, TINY);
  tf.tidy(() => {
    const tokens = promptRows(prompts);
    const whole = run(model, tokens).logits.slice([0, tokens.shape[1] - 1, 0], [-1, 1, -1]);
    assertClose(answerLogits(model, tokens), whole.squeeze([1]), { absolute: 1e-6 });
  });
});

it("has the gradients of finite differences", () => {
  const model = smallTransformer(3, { ...TINY, layers: 2 });
  const batch = answeredPrompts(prompts.slice(0, 4));
  const loss = compile(() => answerLoss(model, batch), { name: "loss", xla: false });
  const parameters = flattenTree(trainableWeights(model)) as [string, tf.Variable][];
  const { value, grads } = tf.variableGrads(
    () => answerLoss(model, batch),
    parameters.map(([, variable]) => variable),
  );
  for (const [path, variable] of parameters) {
    const values = [...variable.dataSync()];
    const gradient = grads[variable.name].dataSync() as Float32Array;
    // The element with the greatest gradient: float32 cannot resolve a difference of the loss by the least ones.
    const at = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]) ? i : best), 0);
    const evaluate = ([moved]: number[]) =>
      tf.tidy(() => {
        variable.assign(
          tf.tensor(
            values.map((x, i) => (i === at ? moved : x)),
            variable.shape,
          ),
        );
        return loss().dataSync()[0];
      });
    const expected = finiteDifferences(evaluate, [values[at]], 0.03);
    evaluate([values[at]]);
    assertClose([gradient[at]], expected, { relative: 1e-3, absolute: 3e-6 }, path);
  }
  loss.dispose();
  tf.dispose([batch.tokens, batch.answers, value, grads] as tf.TensorContainer);
});

it("learns 32 prompts by heart", () => {
  const model = smallTransformer(4, { ...SMALL_TRANSFORMER, layers: 2, width: 32, headWidth: 8, inner: 64 });
  const batch = answeredPrompts(prompts);
  const optimizer = adamW(trainableWeights(model) as Parameters<typeof adamW>[0], {
    learningRate: 3e-3,
    weightDecay: 0,
  });
  const step = compile(() => optimizer.step(() => answerLoss(model, batch)), { name: "step", xla: false });
  const losses = Array.from({ length: 250 }, () => tf.tidy(() => step().dataSync()[0]));
  expect(losses[0]).toBeGreaterThan(0.6);
  expect(losses[losses.length - 1]).toBeLessThan(0.01);
  expect(answerAccuracy(model, prompts)).toBe(1);
  step.dispose();
  optimizer.dispose();
  tf.dispose([batch.tokens, batch.answers]);
});

describe("trainCircuit", () => {
  const trained = async (seed: number, options: Partial<Parameters<typeof trainCircuit>[1]> = {}) => {
    const model = smallTransformer(seed, { ...TINY, layers: 1 });
    const seen: TrainingCheck[] = [];
    const checks = await trainCircuit(model, {
      ...{ seed, split: splitCombinations(seed), steps: 6, batchSize: 24, poolSize: 240, checkEvery: 2 },
      onProgress: (check) => seen.push(check),
      ...options,
    });
    expect(seen).toEqual(checks);
    const weights = flattenTree(trainableWeights(model)).map(([, weight]) => [...weight.dataSync()]);
    tf.disposeVariables();
    return { checks, weights };
  };

  it("is the same for the same seed, bit by bit, and another for another", async () => {
    const first = await trained(1);
    expect(await trained(1)).toEqual(first);
    expect(await trained(2)).not.toEqual(first);
    expect(first.checks.map(({ step }) => step)).toEqual([2, 4, 6]);
  });

  it("goes on to more triples where the accuracy allows it, and stays with the last", async () => {
    const triples = async (promotion: number) =>
      (await trained(3, { promotion })).checks.map(({ triples: m }) => m);
    expect(await triples(-1)).toEqual([1, 2, 4]);
    expect(await triples(1)).toEqual([1, 1, 1]);
  });

  it("stops where it is asked to, and where the loss is no number", async () => {
    const controller = new AbortController();
    controller.abort();
    expect((await trained(4, { signal: controller.signal })).checks).toEqual([]);
    await expect(trained(4, { learningRate: 1e30 })).rejects.toThrow(
      /The loss of update [24] is (NaN|Infinity): lower the learning rate/,
    );
  });
});
