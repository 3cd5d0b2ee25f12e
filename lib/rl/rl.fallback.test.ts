import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { dpoLoss, policyLoss, tokenLogProbs } from ".";

test("runs on the JavaScript backend", () => expect(isNative()).toBe(false));

test("the policy loss of tokens, and its gradient", () => {
  const tokens = tf.tensor2d([0, 2, 1, 1], [2, 2], "int32");
  const old = tokenLogProbs(sampleTensor<tf.Tensor3D>([2, 2, 3], 2), tokens);
  const mask = tf.tensor2d([1, 1, 1, 0], [2, 2]);
  const loss = (logits: tf.Tensor) => {
    const logProbs = tokenLogProbs(logits as tf.Tensor3D, tokens);
    const batch = {
      logProbs,
      oldLogProbs: old,
      referenceLogProbs: old,
      advantages: tf.tensor1d([1, -1]),
      mask,
    };
    return policyLoss(batch, { epsilon: 0.2, dualClip: 3, klWeight: 0.1, average: "sequence" }).loss;
  };
  checkGradients(loss, [sampleTensor([2, 2, 3], 1)], { step: 0.005 });
});

test("DPO by hand", () => {
  const [chosen, rejected, referenceChosen, referenceRejected] = [-12, -15, -13, -14].map((x) =>
    tf.tensor1d([x]),
  );
  assertClose(dpoLoss({ chosen, rejected, referenceChosen, referenceRejected }, { beta: 0.1 }), [0.598139]);
});
