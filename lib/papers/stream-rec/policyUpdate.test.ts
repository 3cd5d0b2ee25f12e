import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam } from "../../optim";
import { sampledLogits, sampleT5 } from "../../recsys/generative/t5Sampling";
import { groupAdvantages, tokenLogProbs } from "../../rl";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { historyTokens } from "./historyBatches";
import type { OutputGroup } from "./outputSampler";
import { groupLoss, groupTensors, type OutputGroups, updateBy } from "./policyUpdate";
import { thinkingT5, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const [B, G, l] = [3, 4, 2];
const T = l + tokens.digits;
const WINDOW = { windowLength: 3 };
const OPTIONS = { epsilon: 0.2, average: "sequence" } as const;
const model = thinkingT5(tokens, { dropout: 0.3 }); // which must not show
const leaves = flattenTree(model.weights).map(([, variable]) => variable as tf.Variable);
const REWARDS = [
  [1, 0, 0, 2],
  [0, 0, 0, 0],
  [-1, 0.5, 1, 0],
];

/** Groups that the model has sampled itself, with rewards by hand. */
function sampledGroups(rewards = REWARDS): OutputGroup[] {
  const histories = historyTokens(data, cases.subarray(0, B), tokens, WINDOW);
  const P = histories.length / B;
  const inputs = tf.tensor2d(histories, [B, P], "int32");
  const options = { start: tokens.startThink, steps: T, samples: G };
  const { tokens: outputs, logProbs } = sampleT5(model, inputs, options, Rng.key(5));
  const [written, scores] = [outputs.dataSync<"int32">(), logProbs.dataSync<"float32">()];
  return rewards.map((own, row) => ({
    rewards: own,
    outputs: {
      inputs: histories.subarray(row * P, (row + 1) * P),
      outputs: written.subarray(row * G * T, (row + 1) * G * T),
      oldLogProbs: scores.subarray(row * G * T, (row + 1) * G * T),
      referenceLogProbs: scores.subarray(row * G * T, (row + 1) * G * T),
    },
  }));
}

const gradients = (loss: () => tf.Scalar) => {
  const { grads } = tf.variableGrads(loss, leaves);
  return leaves.map((leaf) => grads[leaf.name]);
};
const grpo = (groups: OutputGroups, klWeight = 0) =>
  gradients(() => groupLoss(model, groups, tokens.startThink, { ...OPTIONS, klWeight }).loss);

describe("at the weights that sampled", () => {
  test("the ratio is 1: nothing is clipped, and policy, sampler and reference are one", () => {
    const groups = groupTensors(sampledGroups(), { prompts: B, samples: G });
    const { kl, oldKl, clipShare, entropy } = groupLoss(model, groups, tokens.startThink, OPTIONS);
    const flat = groups.outputs.reshape<tf.Tensor2D>([B * G, T]);
    const again = tokenLogProbs(sampledLogits(model, groups.inputs, groups.outputs, tokens.startThink), flat);
    assertClose(again.sub(groups.oldLogProbs).exp(), tf.ones([B * G, T]), { absolute: 1e-5 });
    assertClose(tf.stack([kl, oldKl, clipShare]), [0, 0, 0], { absolute: 1e-9 });
    expect(entropy.dataSync()[0]).toBeGreaterThan(1);
  });

  test("the gradient is REINFORCE's, with advantages of each group alone", () => {
    const groups = groupTensors(sampledGroups(), { prompts: B, samples: G });
    const advantages = REWARDS.flatMap((own) => [...groupAdvantages(own, G)]);
    assertClose(groups.advantages, advantages);
    for (let row = 0; row < B; row++)
      expect(advantages.slice(row * G, (row + 1) * G).reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    const reinforce = gradients(() => {
      const logits = sampledLogits(model, groups.inputs, groups.outputs, tokens.startThink);
      const logProbs = tokenLogProbs(logits, groups.outputs.reshape([B * G, T]));
      return logProbs
        .mul(tf.tensor2d(advantages, [B * G, 1]))
        .mean()
        .neg() as tf.Scalar;
    });
    // At the reference the term of the divergence has no gradient.
    for (const klWeight of [0, 0.5])
      grpo(groups, klWeight).forEach((found, k) => {
        assertClose(found, reinforce[k], { relative: 1e-3, absolute: 1e-5 }, `gradient ${k}`);
      });
  });
});

test("equal rewards contribute nothing, and neither do groups that only fill up", () => {
  const [first, equal, third] = sampledGroups();
  const whole = grpo(groupTensors([first, equal, third], { prompts: B, samples: G }));
  const without = grpo(groupTensors([first, third], { prompts: B, samples: G }));
  whole.forEach((gradient, k) => {
    assertClose(gradient.mul(B / (B - 1)), without[k], { relative: 1e-3, absolute: 1e-6 });
  });
  for (const gradient of grpo(groupTensors([equal], { prompts: B, samples: G })))
    assertClose(gradient, tf.zeros(gradient.shape), { absolute: 1e-9 });
});

test("an update makes what is better likelier, and says what was before it", () => {
  const own = thinkingT5(tokens, {}, 1);
  const groups = groupTensors(sampledGroups(), { prompts: B, samples: G });
  const optimizer = adam(own.weights, { learningRate: 1e-2, clipNorm: 1 });
  const make = () => groupLoss(own, groups, tokens.startThink, OPTIONS);
  const before = make().loss.dataSync()[0];
  const [loss, , oldKl] = updateBy(optimizer, make).dataSync();
  expect(loss).toBeCloseTo(before, 6);
  expect(oldKl).toBeCloseTo(0, 6);
  const after = make();
  expect(after.loss.dataSync()[0]).toBeLessThan(before - 0.01);
  expect(after.oldKl.dataSync()[0]).toBeGreaterThan(1e-5);
  optimizer.dispose();
});
