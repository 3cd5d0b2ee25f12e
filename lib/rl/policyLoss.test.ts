import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile, tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { type PolicyBatch, policyLoss } from "./policyLoss";
import { tokenLogProbs } from "./tokenLogProbs";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [N, T, V] = [4, 3, 5];
const tokens = () => tf.tensor2d([0, 3, 1, 2, 2, 0, 4, 1, 1, 0, 2, 3], [N, T], "int32");
const mask = () => tf.tensor2d([1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0], [N, T]);
const logits = () => sampleTensor<tf.Tensor3D>([N, T, V], 3);
const advantages = () => tf.tensor1d([1.5, -0.5, 0.7, -1.1]);
const scores = (seed: number) => tokenLogProbs(sampleTensor<tf.Tensor3D>([N, T, V], seed), tokens());

describe("the policy loss", () => {
  test("two tokens by hand", () => {
    const batch = {
      logProbs: tf.tensor2d([Math.log(0.6), Math.log(0.1)], [2, 1]),
      oldLogProbs: tf.tensor2d([Math.log(0.5), Math.log(0.2)], [2, 1]),
      referenceLogProbs: tf.tensor2d([Math.log(0.3), Math.log(0.1)], [2, 1]),
      advantages: tf.tensor1d([1, -1]),
    };
    const found = policyLoss(batch, { epsilon: 0.3, klWeight: 0.5, average: "sequence" });
    // ρ = 1.2 and 0.5, cut to 0.7; k3 = 1/2 + log 2 - 1 and 0
    const [policy, kl] = [-(1.2 - 0.7) / 2, (Math.LN2 - 0.5) / 2];
    assertClose(found.policy, policy);
    assertClose(found.kl, kl);
    assertClose(found.loss, policy + 0.5 * kl);
    assertClose(found.clipShare, 0.5);
    assertClose(found.dualClipShare, 0);
    const [up, down] = [5 / 6, 2]; // π_old / π_θ
    assertClose(found.oldKl, (up - Math.log(up) - 1 + down - Math.log(down) - 1) / 2);
  });

  test("at π_θ = π_old the gradient is REINFORCE's", () => {
    const own = tokenLogProbs(logits(), tokens());
    const grpo = tf.grad((x) => {
      const logProbs = tokenLogProbs(x as tf.Tensor3D, tokens());
      return policyLoss(
        { logProbs, oldLogProbs: own, advantages: advantages() },
        { epsilon: 0.2, average: "token" },
      ).loss;
    })(logits());
    const reinforce = tf.grad((x) =>
      tokenLogProbs(x as tf.Tensor3D, tokens())
        .mul(advantages().expandDims(1))
        .mean()
        .neg(),
    )(logits());
    assertClose(grpo, reinforce);
    const itself = tf.grad((x) => {
      const logProbs = tokenLogProbs(x as tf.Tensor3D, tokens());
      const batch = { logProbs, oldLogProbs: logProbs, advantages: advantages() };
      return policyLoss(batch, { epsilon: 0.2, average: "token" }).loss;
    })(logits());
    assertClose(itself, reinforce);
  });

  test.each(["sequence", "token", "length"] as const)("gradient, %s", (average) => {
    const shared = {
      oldLogProbs: scores(5),
      referenceLogProbs: scores(6),
      advantages: advantages(),
      mask: mask(),
    };
    const options = { epsilon: 0.2, epsilonHigh: 0.28, dualClip: 3, klWeight: 0.1, average };
    checkGradients((x) => policyLoss({ ...shared, logProbs: x as tf.Tensor2D }, options).loss, [scores(3)], {
      step: 0.005,
    });
  });

  test("advantages of 0 leave only the reference's term", () => {
    const batch = {
      logProbs: scores(3),
      oldLogProbs: scores(5),
      referenceLogProbs: scores(6),
      advantages: tf.zeros<tf.Rank.R1>([N]),
    };
    const { loss, policy, kl } = policyLoss(batch, { epsilon: 0.2, klWeight: 0.5, average: "token" });
    assertClose(policy, 0);
    assertClose(loss, kl.mul(0.5));
  });

  test("what is masked has no effect and no gradient, be it NaN", () => {
    const spoilt = (values: tf.Tensor2D) =>
      tf.where(mask().cast("bool"), values, tf.fill([N, T], Number.NaN));
    const batch = (change: (values: tf.Tensor2D) => tf.Tensor2D): PolicyBatch => ({
      logProbs: change(scores(3)),
      oldLogProbs: change(scores(5)),
      referenceLogProbs: change(scores(6)),
      advantages: advantages(),
      mask: mask(),
    });
    const options = { epsilon: 0.2, klWeight: 0.1, average: "sequence" } as const;
    const [clean, dirty] = [
      policyLoss(
        batch((x) => x),
        options,
      ),
      policyLoss(batch(spoilt), options),
    ];
    for (const name of Object.keys(clean) as (keyof typeof clean)[])
      assertClose(dirty[name], clean[name], {}, name);
    const gradient = tf.grad(
      (x) => policyLoss({ ...batch(spoilt), logProbs: x as tf.Tensor2D }, options).loss,
    )(spoilt(scores(3)));
    expect([...gradient.mul(tf.sub(1, mask())).dataSync()].every((value) => value === 0)).toBe(true);
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("the order of the rows and rows of weight 0 change nothing", () => {
    const parts = [scores(3), scores(5), scores(6), mask(), advantages().expandDims(1)];
    const of = (rows: number[], weights?: number[]) => {
      const [logProbs, oldLogProbs, referenceLogProbs, own, A] = parts.map((part) =>
        tf.gather(part, rows),
      ) as tf.Tensor2D[];
      const batch = {
        logProbs,
        oldLogProbs,
        referenceLogProbs,
        mask: own,
        advantages: A.squeeze<tf.Tensor1D>([1]),
      };
      const counted = weights === undefined ? batch : { ...batch, weights: tf.tensor1d(weights) };
      return policyLoss(counted, { epsilon: 0.2, klWeight: 0.1, average: "sequence" });
    };
    const plain = of([0, 1, 2, 3]);
    for (const other of [of([2, 0, 3, 1]), of([0, 1, 2, 3, 3, 0], [1, 1, 1, 1, 0, 0])]) {
      for (const name of Object.keys(plain) as (keyof typeof plain)[])
        assertClose(other[name], plain[name], {}, name);
    }
  });

  test("a reference that is wanted must be there", () => {
    const batch = { logProbs: scores(3), oldLogProbs: scores(3), advantages: advantages() };
    expect(() => policyLoss(batch, { epsilon: 0.2, klWeight: 0.04, average: "token" })).toThrow(
      "policyLoss: a klWeight of 0.04 needs referenceLogProbs.",
    );
    assertClose(policyLoss(batch, { epsilon: 0.2, average: "token" }).kl, 0);
  });

  test("is traced whole, and leaves only its results", () => {
    const batch = {
      logProbs: scores(3),
      oldLogProbs: scores(5),
      referenceLogProbs: scores(6),
      advantages: advantages(),
      mask: mask(),
    };
    const options = { epsilon: 0.2, dualClip: 3, klWeight: 0.04, average: "token" } as const;
    const before = tf.memory().numTensors;
    const plain = policyLoss(batch, options);
    expect(tf.memory().numTensors - before).toBe(Object.keys(plain).length);
    const traced = compile((given: typeof batch) => policyLoss(given, options), {
      name: "policy loss",
      xla: false,
    });
    const found = traced(batch);
    for (const name of Object.keys(plain) as (keyof typeof plain)[])
      assertClose(found[name], plain[name], {}, name);
    traced.dispose();
  });
});
