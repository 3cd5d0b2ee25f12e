import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, finiteDifferences, sampleData, sampleTensor } from "../../tensor/testing";
import { meanPairwiseDivergence, progressiveLoss, reasoningContrast } from "./rearecLosses";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [ln2, ln3] = [Math.LN2, Math.log(3)];

describe("the divergence between steps", () => {
  test("two distributions, by hand", () => {
    // p = (3/4, 1/4), q = (1/2, 1/2): KL(p ‖ q) = ¾ ln 3/2 + ¼ ln 1/2; KL(q ‖ p) = ½ ln 2/3 + ½ ln 2
    const logits = tf.tensor3d([ln3, 0, 5, 5], [1, 2, 2]);
    const pq = 0.75 * (ln3 - ln2) - 0.25 * ln2;
    const qp = 0.5 * (ln2 - ln3) + 0.5 * ln2;
    assertClose(meanPairwiseDivergence(logits), [(pq + qp) / 2]);
  });

  test("is 0 between equal steps, and where there is one", () => {
    const row = sampleTensor([2, 1, 5], 1);
    assertClose(meanPairwiseDivergence(tf.tile(row, [1, 3, 1]) as tf.Tensor3D), [0, 0], { absolute: 1e-6 });
    assertClose(meanPairwiseDivergence(row as tf.Tensor3D), [0, 0]);
  });

  test("its gradient is that of the first distribution of each pair, the second held still", () => {
    const values = sampleData([1, 3, 4], 2);
    const softmax = (x: readonly number[]) => {
      const exps = x.map(Math.exp);
      const sum = exps.reduce((a, b) => a + b);
      return exps.map((e) => e / sum);
    };
    const steps = (x: readonly number[]) => [0, 1, 2].map((s) => softmax(x.slice(4 * s, 4 * s + 4)));
    const held = steps(values);
    const divergence = (x: readonly number[]) => {
      let sum = 0;
      steps(x).forEach((p, j) => {
        held.forEach((q, i) => {
          if (i !== j) sum += p.reduce((total, value, c) => total + value * Math.log(value / q[c]), 0);
        });
      });
      return sum / 6;
    };
    const gradient = tf.grad((x) => meanPairwiseDivergence(x as tf.Tensor3D).sum())(
      tf.tensor3d(values, [1, 3, 4]),
    );
    assertClose(gradient.flatten(), finiteDifferences(divergence, values, 1e-4), { absolute: 1e-5 });
  });
});

describe("the progressive loss", () => {
  test("divides step k by τ a^{T-k}, and leaves the last step out", () => {
    // T = 2, τ = 1/2, a = 3: temperatures 4.5 and 1.5
    const logits = tf.tensor3d([4.5 * ln3, 0, 1.5 * ln3, 0, 7, -7], [1, 3, 2]);
    const target = (item: number) => tf.tensor1d([item], "int32");
    const schedule = { temperature: 0.5, base: 3 };
    assertClose(progressiveLoss(logits, target(0), schedule), [2 * (2 * ln2 - ln3)]);
    assertClose(progressiveLoss(logits, target(1), schedule), [4 * ln2]);
    assertClose(progressiveLoss(logits.slice([0, 2, 0]), target(1), schedule), [0]);
  });
});

describe("the contrast between clean and noised states", () => {
  const weights = (...values: number[]) => tf.tensor1d(values);

  test("two rows, one step, by hand", () => {
    // noised = clean = ((1, 0), (0, 1)), τ = 1/2: logits 2 on the diagonal, 0 beside it
    const states = tf.tensor3d([1, 0, 0, 1], [2, 1, 2]);
    const loss = Math.log(1 + Math.exp(-2));
    assertClose(reasoningContrast(states, states, { temperature: 0.5, weights: weights(1, 1) }), [
      loss,
      loss,
    ]);
    const twice = tf.tile(states, [1, 2, 1]) as tf.Tensor3D;
    const [summed] = reasoningContrast(twice, twice, {
      temperature: 0.5,
      weights: weights(1, 1),
    }).dataSync();
    expect(summed).toBeCloseTo(2 * loss, 5);
  });

  test("the noised state asks, the clean ones answer", () => {
    const [clean, noised] = [tf.tensor3d([1, 0], [2, 1, 1]), tf.tensor3d([2, 3], [2, 1, 1])];
    // row 0: logits 2·(1, 0), own 0; row 1: 3·(1, 0), own 1
    assertClose(reasoningContrast(clean, noised, { temperature: 1, weights: weights(1, 1) }), [
      Math.log(1 + Math.exp(-2)),
      Math.log(1 + Math.exp(3)),
    ]);
  });

  test("a row of weight 0 is no negative", () => {
    const [clean, noised] = [1, 2].map((seed) => sampleTensor<tf.Tensor3D>([3, 2, 4], seed));
    const whole = reasoningContrast(clean, noised, { temperature: 0.3, weights: weights(1, 1, 0) });
    const [two, twoNoised] = [clean, noised].map((x) => x.slice([0, 0, 0], [2, 2, 4]));
    const alone = reasoningContrast(two, twoNoised, { temperature: 0.3, weights: weights(1, 1) });
    assertClose(whole.slice(0, 2), alone);
    expect(Number.isFinite(whole.dataSync()[2])).toBe(true);
  });
});
