import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, sampleData, sampleTensor } from "../../tensor/testing";
import { roundTrip, stateLoss, timeLoss } from "./losses";
import type { T2ARecParameters } from "./parameters";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const row = (values: number[]) => tf.tensor2d([values]);
const count = (n: number) => tf.tensor1d([n], "int32");

describe("L_time", () => {
  // Δ = [·, 1, 2, 4], T = [0, 1, 3, 2], λ = 1. Pairs (2,3): 1 - (-1)(-2) = -1 → 0; (2,4): 1 - (-3)(-1) = -2 → 0;
  // (3,4): 1 - (-2)(1) = 3. Mean 1.
  test("by hand on three items", () => {
    const { loss, pairs, ordered } = timeLoss(
      { delta: row([9, 1, 2]), nextDelta: tf.tensor1d([4]), gaps: row([0, 1, 3, 2]), lengths: count(3) },
      { scale: 1, block: 16 },
    );
    assertClose(loss, 1);
    assertClose(pairs, 3);
    assertClose(ordered, 2 / 3);
  });

  test("a tie costs exactly 1 and has no gradient", () => {
    const gaps = row([0, 2, 2, 2]);
    const loss = (delta: tf.Tensor) =>
      timeLoss(
        { delta: delta as tf.Tensor2D, nextDelta: tf.tensor1d([3]), gaps, lengths: count(3) },
        { scale: 1, block: 8 },
      ).loss;
    const delta = row([1, 0.2, 0.9]);
    assertClose(loss(delta), 1);
    assertClose(tf.grad(loss)(delta), [[0, 0, 0]]);
  });

  /** The definition, pair by pair. */
  function bruteForce(
    { delta, next, gaps, n }: { delta: number[]; next: number; gaps: number[]; n: number },
    { scale, block, clip }: { scale: number; block: number; clip: number },
  ): { sum: number; pairs: number } {
    const steps = [...delta.slice(0, n), next];
    let [sum, pairs] = [0, 0];
    for (let i = 1; i <= n; i++) {
      for (let j = i + 1; j <= n; j++) {
        if (Math.floor((i - 1) / block) !== Math.floor((j - 1) / block)) continue;
        const difference = Math.max(-clip, Math.min(clip, (gaps[i] - gaps[j]) / scale));
        sum += Math.max(0, 1 - (steps[i] - steps[j]) * difference);
        pairs++;
      }
    }
    return { sum, pairs };
  }

  const lengths = [9, 1, 4, 7];
  const random = () => ({
    delta: sampleData([4, 9], 1, 0.1, 2),
    next: sampleData([4], 2, 0.1, 2),
    gaps: sampleData([4, 10], 3, 0, 30),
  });

  test.each([1, 2, 4, 5, 9, 16])("equals the pair-by-pair definition with blocks of %i", (block) => {
    const { delta, next, gaps } = random();
    const options = { scale: 1.5, block, clip: 10 };
    const expected = lengths.map((n, b) =>
      bruteForce(
        { delta: delta.slice(9 * b, 9 * b + 9), next: next[b], gaps: gaps.slice(10 * b, 10 * b + 10), n },
        options,
      ),
    );
    const mask = tf.tensor2d(
      lengths.flatMap((n) => Array.from({ length: 9 }, (_, i) => (i < n ? 1 : 0))),
      [4, 9],
    );
    const { loss, pairs } = timeLoss(
      {
        delta: tf.tensor2d(delta, [4, 9]).mul(mask),
        nextDelta: tf.tensor1d(next),
        gaps: tf.tensor2d(gaps, [4, 10]),
        lengths: tf.tensor1d(lengths, "int32"),
      },
      options,
    );
    const total = expected.reduce((sum, one) => sum + one.pairs, 0);
    assertClose(pairs, total);
    assertClose(loss, expected.reduce((sum, one) => sum + one.sum, 0) / Math.max(total, 1));
  });

  test("one block of at least n positions is the unblocked loss", () => {
    const { delta, next, gaps } = random();
    const of = (block: number) =>
      timeLoss(
        {
          delta: tf.tensor2d(delta, [4, 9]),
          nextDelta: tf.tensor1d(next),
          gaps: tf.tensor2d(gaps, [4, 10]),
          lengths: tf.tensor1d([9, 9, 9, 9], "int32"),
        },
        { scale: 2, block },
      );
    const [exact, larger] = [of(9), of(40)];
    assertClose(larger.loss, exact.loss);
    assertClose(larger.pairs, 4 * ((9 * 8) / 2));
  });

  test("rows of weight 0, and the time of serving where it is not given, do not count", () => {
    const inputs = {
      delta: tf.tensor2d(
        [
          [1, 2, 3],
          [5, 1, 9],
        ].flat(),
        [2, 3],
      ),
      nextDelta: tf.tensor1d([4, 2]),
      gaps: tf.tensor2d(
        [
          [0, 1, 3, 2],
          [0, 7, 1, 4],
        ].flat(),
        [2, 4],
      ),
      lengths: tf.tensor1d([3, 3], "int32"),
    };
    const options = { scale: 1, block: 16 };
    const both = timeLoss(inputs, options);
    const first = timeLoss({ ...inputs, weights: tf.tensor1d([1, 0]) }, options);
    assertClose(both.pairs, 6);
    assertClose(first.pairs, 3);
    assertClose(timeLoss(inputs, { ...options, servingTime: false }).pairs, 2); // (2, 3) of each row
  });

  test("without a pair it is 0", () => {
    const { loss } = timeLoss(
      { delta: row([1, 0]), nextDelta: tf.tensor1d([2]), gaps: row([0, 5, 0]), lengths: count(1) },
      { scale: 1, block: 4 },
    );
    assertClose(loss, 0);
  });
});

describe("L_state", () => {
  const [states, dimensions] = [3, 4];
  function setting(seed: number, absoluteA: number) {
    const parameters = {
      logDecay: tf.scalar(Math.log(absoluteA)),
      backwardInput: {
        weight: sampleTensor([dimensions, states], seed),
        bias: sampleTensor([states], seed + 1),
      },
    } as unknown as T2ARecParameters<tf.Tensor>;
    const encoded = {
      state: sampleTensor<tf.Tensor3D>([2, states, dimensions], seed + 2),
      lastX: sampleTensor<tf.Tensor2D>([2, dimensions], seed + 3),
      lastInput: sampleTensor<tf.Tensor2D>([2, dimensions], seed + 4),
    };
    const refed = {
      x: sampleTensor<tf.Tensor2D>([2, dimensions], seed + 5),
      write: sampleTensor<tf.Tensor2D>([2, states], seed + 6),
      delta: sampleTensor<tf.Tensor1D>([2], seed + 7, 0.2, 1.5),
    };
    return { parameters, encoded, refed, A: -absoluteA };
  }
  const outer = (u: tf.Tensor, v: tf.Tensor) => u.expandDims(2).mul(v.expandDims(1));

  // h_n - h^b = (1 - e^{Δ'(P + A)}) h_n - Δ' (Q ⊗ x_n + P̄ B' ⊗ x̂), P̄ = e^{Δ'P} = 1 / |A|
  test.each([0.6, 1, 2.5])("equals its closed form at |A| = %d", (absoluteA) => {
    const { parameters, encoded, refed, A } = setting(1, absoluteA);
    const { back } = roundTrip(parameters, { qFrom: "x" }, encoded, refed);
    const delta = refed.delta.expandDims(1).expandDims(2);
    const q = tf
      .matMul(encoded.lastX, parameters.backwardInput.weight as tf.Tensor2D)
      .add(parameters.backwardInput.bias!);
    const keep = delta.mul(A).exp().div(absoluteA); // e^{Δ'(P + A)}
    const expected = tf
      .sub(1, keep)
      .mul(encoded.state)
      .sub(delta.mul(outer(q, encoded.lastX).add(outer(refed.write, refed.x).div(absoluteA))));
    assertClose(encoded.state.sub(back), expected, { absolute: 1e-5 });
  });

  test("P̄ = 1 / |A| for every Δ': without inputs the way back divides by |A|", () => {
    const { parameters, encoded, refed, A } = setting(3, 2);
    const silent = { ...refed, write: tf.zerosLike(refed.write) };
    const noInput = { ...encoded, lastX: tf.zerosLike(encoded.lastX) };
    for (const value of [0.1, 0.7, 3]) {
      const delta = tf.fill([2], value) as tf.Tensor1D;
      const { back } = roundTrip(parameters, { qFrom: "x" }, noInput, { ...silent, delta });
      assertClose(back, encoded.state.mul(Math.exp(value * A) / 2), { absolute: 1e-6 });
    }
  });

  test("Q comes from x_n, or from the block input where asked", () => {
    const { parameters, encoded, refed } = setting(4, 1);
    const fromX = roundTrip(parameters, { qFrom: "x" }, encoded, refed).back;
    const fromInput = roundTrip(parameters, { qFrom: "input" }, encoded, refed).back;
    const swapped = { ...encoded, lastInput: encoded.lastX };
    assertClose(roundTrip(parameters, { qFrom: "input" }, swapped, refed).back, fromX);
    expect(fromX.sub(fromInput).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
  });

  test("is the mean over rows of the Frobenius norm over Δ'²", () => {
    // Rows of norm 5 and 13; Δ' = 1 and 2 → (5 / 1 + 13 / 4) / 2; without the second row 5.
    const state = tf.tensor3d([3, 4, 0, 0, 12, 5], [2, 1, 3]);
    const back = tf.zerosLike(state);
    const delta = tf.tensor1d([1, 2]);
    const options = { normGuard: 0, deltaGuard: 0 };
    assertClose(stateLoss(state, back, delta, tf.ones([2]), options), (5 + 13 / 4) / 2);
    assertClose(stateLoss(state, back, delta, tf.tensor1d([1, 0]), options), 5);
  });

  test("has a finite gradient where the way back is exact", () => {
    const state = tf.zeros([1, 2, 2]) as tf.Tensor3D;
    const gradient = tf.grad((h) => stateLoss(h as tf.Tensor3D, state, tf.tensor1d([0.5]), tf.ones([1])))(
      state,
    );
    assertClose(gradient, tf.zeros([1, 2, 2]));
  });

  /*
   * Theorem 4.2 as it holds: the minus form (-Δ'Q in the way back) and |A⁻¹| in the bound.
   *   ‖h_n - h^b‖ / Δ'² ≤ ‖h_n‖ / Δ'² + ‖x_n‖ ‖ε‖ / Δ' + |A⁻¹| ‖B'‖ ‖(x_n - x̂) / Δ'‖,  ε = Q + A⁻¹ B'
   */
  test("the bound of theorem 4.2 holds on 200 random draws in its minus form", () => {
    const norm = (values: number[]) => Math.hypot(...values);
    for (let draw = 0; draw < 200; draw++) {
      const absoluteA = 0.5 + 2.5 * sampleData([1], draw + 1, 0, 1)[0];
      const { parameters, encoded, refed, A } = setting(10 * draw + 20, absoluteA);
      tf.tidy(() => {
        const weight = parameters.backwardInput.weight as tf.Tensor2D;
        const q = tf.matMul(encoded.lastX, weight).add(parameters.backwardInput.bias!);
        const negated = { ...parameters, backwardInput: negate(parameters.backwardInput) };
        const { back } = roundTrip(negated, { qFrom: "x" }, encoded, refed);
        const difference = encoded.state.sub(back).reshape([2, -1]).arraySync() as number[][];
        const state = encoded.state.reshape([2, -1]).arraySync() as number[][];
        const [xs, xhats, qs, writes] = [encoded.lastX, refed.x, q, refed.write].map(
          (t) => t.arraySync() as number[][],
        );
        refed.delta.dataSync().forEach((delta, b) => {
          const epsilon = qs[b].map((value, k) => value + writes[b][k] / A);
          const gap = xs[b].map((value, k) => (value - xhats[b][k]) / delta);
          const bound =
            norm(state[b]) / delta ** 2 +
            (norm(xs[b]) * norm(epsilon)) / delta +
            (norm(writes[b]) * norm(gap)) / absoluteA;
          expect(norm(difference[b]) / delta ** 2).toBeLessThanOrEqual(bound * (1 + 1e-5));
        });
      });
    }
  });

  function negate({ weight, bias }: { weight: tf.Tensor; bias?: tf.Tensor }) {
    return { weight: weight.neg(), bias: bias!.neg() };
  }
});
