import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile, tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { dpoLoss, preferenceMargins } from "./dpoLoss";
import { sequenceLogProbs, tokenLogProbs } from "./tokenLogProbs";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const pair = (chosen: number, rejected: number, referenceChosen: number, referenceRejected: number) => ({
  chosen: tf.tensor1d([chosen]),
  rejected: tf.tensor1d([rejected]),
  referenceChosen: tf.tensor1d([referenceChosen]),
  referenceRejected: tf.tensor1d([referenceRejected]),
});

describe("DPO", () => {
  test("log-probabilities -12, -15 beside -13, -14 at β = 0.1", () => {
    const given = pair(-12, -15, -13, -14);
    assertClose(preferenceMargins(given, 0.1), [0.2]);
    assertClose(dpoLoss(given, { beta: 0.1 }), [0.598139]);
    const [chosen, rejected] = tf.grads((a, b) =>
      dpoLoss({ ...given, chosen: a as tf.Tensor1D, rejected: b as tf.Tensor1D }, { beta: 0.1 }).sum(),
    )([given.chosen, given.rejected]);
    assertClose(chosen, [-0.0450166]);
    assertClose(rejected, [0.0450166]);
  });

  test("log-probabilities -20, -9 beside -18.5, -10 at β = 0.5", () => {
    assertClose(preferenceMargins(pair(-20, -9, -18.5, -10), 0.5), [-1.25]);
    assertClose(dpoLoss(pair(-20, -9, -18.5, -10), { beta: 0.5 }), [1.501929]);
  });

  test("masked sums: margin 0.17, loss 0.611755", () => {
    const sums = (values: number[], mask: number[]) =>
      sequenceLogProbs(tf.tensor2d([values]), tf.tensor2d([mask]));
    const given = {
      chosen: sums([-0.1, -2, -0.5, -0.25], [1, 0, 0, 1]),
      referenceChosen: sums([-0.2, -1, -0.5, -0.5], [1, 0, 0, 1]),
      rejected: sums([-0.3, -0.7, -4], [1, 1, 0]),
      referenceRejected: sums([-0.3, -0.2, -1], [1, 1, 0]),
    };
    assertClose(preferenceMargins(given, 0.2), [0.17]);
    assertClose(dpoLoss(given, { beta: 0.2 }), [0.611755]);
  });

  test("log 2 where the policy is the reference; falls as the chosen one gets likelier; a constant changes nothing", () => {
    const loss = (...values: Parameters<typeof pair>) =>
      dpoLoss(pair(...values), { beta: 0.1 }).dataSync()[0];
    expect(loss(-3, -7, -3, -7)).toBeCloseTo(Math.LN2, 6);
    expect(loss(-2, -7, -3, -7)).toBeLessThan(loss(-2.5, -7, -3, -7));
    expect(loss(-2 + 5, -7 + 5, -3 + 5, -6 + 5)).toBeCloseTo(loss(-2, -7, -3, -6), 6);
  });

  test("label smoothing mixes in the pair the other way round", () => {
    const [ours] = dpoLoss(pair(-12, -15, -13, -14), { beta: 0.1, labelSmoothing: 0.3 }).dataSync();
    const [there, back] = [Math.log1p(Math.exp(-0.2)), Math.log1p(Math.exp(0.2))];
    expect(ours).toBeCloseTo(0.7 * there + 0.3 * back, 6);
  });

  test("margins of ±50 are stable", () => {
    const far = (sign: number) => dpoLoss(pair(sign * 50, 0, 0, 0), { beta: 1 }).dataSync()[0];
    expect(far(1)).toBeLessThan(1e-20);
    expect(far(-1)).toBeCloseTo(50, 4);
  });

  test("gradient through tokens, compiled too; the reference has none", () => {
    const tokens = tf.tensor2d([0, 2, 1, 3, 3, 1], [2, 3], "int32");
    const sums = (logits: tf.Tensor) => sequenceLogProbs(tokenLogProbs(logits as tf.Tensor3D, tokens));
    const [chosen, rejected, referenceChosen, referenceRejected] = [1, 2, 3, 4].map((seed) =>
      sampleTensor<tf.Tensor3D>([2, 3, 4], seed),
    );
    const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor) => {
      const pairs = {
        chosen: sums(a),
        rejected: sums(b),
        referenceChosen: sums(c),
        referenceRejected: sums(d),
      };
      return dpoLoss(pairs, { beta: 0.5, labelSmoothing: 0.1 });
    };
    checkGradients((a, b) => loss(a, b, referenceChosen, referenceRejected), [chosen, rejected]);
    const traced = compile(loss, { name: "DPO", xla: false });
    const all = [chosen, rejected, referenceChosen, referenceRejected] as const;
    assertClose(traced(...all), loss(...all));
    traced.dispose();
    const reference = tf.variable(referenceChosen);
    const policy = tf.variable(chosen);
    const { grads } = tf.variableGrads(
      () => loss(policy, rejected, reference, referenceRejected).sum(),
      [policy, reference],
    );
    expect(grads[policy.name]).not.toBeNull();
    expect(grads[reference.name] ?? null).toBeNull();
  });

  test("errors", () => {
    expect(() => dpoLoss(pair(0, 0, 0, 0), { beta: 0 })).toThrow("beta must be positive, not 0.");
    expect(() => dpoLoss(pair(0, 0, 0, 0), { beta: 1, labelSmoothing: 0.5 })).toThrow(
      "labelSmoothing must be in [0, 0.5), not 0.5.",
    );
    const two = { ...pair(0, 0, 0, 0), rejected: tf.zeros<tf.Rank.R1>([2]) };
    expect(() => dpoLoss(two, { beta: 1 })).toThrow("rejected [2] does not fit chosen [1].");
  });
});
