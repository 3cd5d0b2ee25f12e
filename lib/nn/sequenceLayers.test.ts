import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import {
  applyAttention,
  applyCausalConv1d,
  applyGru,
  attention,
  attentionMask,
  causalConv1d,
  gru,
  lowerTriangle,
} from ".";

/*
 * Worked numbers: element k (row-major) of each input is 0.8 sin(1.7 k + seed); the expected values are those of PyTorch
 * 2.15 in float64 with the same weights (transposed, as its layers store them).
 */
function wave<T extends tf.Tensor>(shape: readonly number[], seed: number): T {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, k) => 0.8 * Math.sin(1.7 * k + seed)),
    [...shape],
  ) as T;
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("GRU", () => {
  const weights = () => ({ input: wave<tf.Tensor2D>([2, 6], 1), recurrent: wave<tf.Tensor2D>([2, 6], 2) });

  test("equals torch.nn.GRU(bias=False)", () => {
    assertClose(
      applyGru(weights(), wave([3, 2, 2], 3)).flatten(),
      [
        0.339968, -0.188053, -0.142115, 0.253776, 0.296041, -0.289403, -0.069641, 0.392896, 0.05058,
        -0.307966, 0.216035, 0.342309,
      ],
      { absolute: 2e-6 },
    );
  });

  /** The same recurrence in plain operations, differentiated by the tape: slow, and the oracle. */
  function reference(input: tf.Tensor2D, recurrent: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor {
    const h = recurrent.shape[0];
    let state: tf.Tensor2D = tf.zeros([x.shape[1], h]);
    const part = (m: tf.Tensor, gate: number) => m.slice([0, gate * h], [m.shape[0], h]);
    const states = tf.unstack(x).map((step) => {
      const [wx, uh] = [tf.matMul(step as tf.Tensor2D, input), tf.matMul(state, recurrent)];
      const r = part(wx, 0).add(part(uh, 0)).sigmoid();
      const z = part(wx, 1).add(part(uh, 1)).sigmoid();
      const c = part(wx, 2)
        .add(r.mul(part(uh, 2)))
        .tanh();
      state = tf.sub(1, z).mul(c).add(z.mul(state));
      return state;
    });
    return tf.stack(states);
  }

  test("equals the plain recurrence, gradients too", () => {
    const args = [sampleTensor([3, 12], 1), sampleTensor([4, 12], 2), sampleTensor([6, 2, 3], 3)] as const;
    const fast = (w: tf.Tensor, u: tf.Tensor, x: tf.Tensor) =>
      applyGru({ input: w, recurrent: u }, x as tf.Tensor3D);
    const slow = (w: tf.Tensor, u: tf.Tensor, x: tf.Tensor) =>
      reference(w as tf.Tensor2D, u as tf.Tensor2D, x as tf.Tensor3D);
    assertClose(fast(...args), slow(...args));
    const dy = sampleTensor([6, 2, 4], 9);
    const expected = tf.grads(slow)([...args], dy);
    tf.grads(fast)([...args], dy).forEach((gradient, i) => {
      assertClose(gradient, expected[i], { relative: 1e-4, absolute: 1e-5 }, `gradient ${i}`);
    });
  });

  test("gradients against finite differences", () => {
    checkGradients(
      (input, recurrent, x) => applyGru({ input, recurrent }, x as tf.Tensor3D),
      [sampleTensor([2, 6], 1), sampleTensor([2, 6], 2), sampleTensor([3, 2, 2], 3)],
    );
  });

  test("the past does not see the future", () => {
    const x = sampleTensor<tf.Tensor3D>([4, 1, 2], 1);
    const changed = tf.concat([x.slice([0, 0, 0], [3, 1, 2]), tf.ones([1, 1, 2])], 0) as tf.Tensor3D;
    const [before, after] = [applyGru(weights(), x), applyGru(weights(), changed)];
    assertClose(before.slice([0, 0, 0], [3, 1, 2]), after.slice([0, 0, 0], [3, 1, 2]));
    expect(before.dataSync()[6]).not.toBe(after.dataSync()[6]);
  });

  test("says both shapes where they do not fit", () => {
    expect(() => applyGru(gru({ inputs: 2, hidden: 3 }, Rng.key(1)), tf.zeros([1, 1, 5]))).toThrow(
      "x [1,1,5] does not fit the input weight [2,9]",
    );
  });
});

describe("attention", () => {
  const layer = (seed: number) => ({ weight: wave([4, 4], seed), bias: wave([4], seed + 4) });
  const params = () => ({ query: layer(1), key: layer(2), value: layer(3), output: layer(4) });

  test("equals torch.nn.MultiheadAttention under a causal mask", () => {
    const x = wave<tf.Tensor3D>([1, 3, 4], 9);
    const mask = attentionMask(tf.ones([1, 3]), { causal: true });
    assertClose(
      applyAttention(params(), x, x, { heads: 2, mask }).flatten(),
      [
        0.720281, -0.999328, -0.462766, 1.118577, 0.710263, -0.992384, -0.454536, 1.109513, 0.70523,
        -0.981384, -0.452338, 1.097946,
      ],
      { absolute: 3e-6 },
    );
  });

  test("ignores padding: the first positions of a padded row are those of the row alone", () => {
    const x = sampleTensor<tf.Tensor3D>([1, 5, 4], 2);
    const short = x.slice([0, 0, 0], [1, 3, 4]);
    const padded = applyAttention(params(), x, x, {
      heads: 2,
      mask: attentionMask(tf.tensor2d([[1, 1, 1, 0, 0]]), { causal: false }),
    });
    const alone = applyAttention(params(), short, short, { heads: 2 });
    assertClose(padded.slice([0, 0, 0], [1, 3, 4]), alone);
  });

  test("one query gives that row of the full result", () => {
    const x = sampleTensor<tf.Tensor3D>([2, 4, 4], 3);
    const full = applyAttention(params(), x, x, { heads: 2 });
    const row = applyAttention(params(), x.slice([0, 2, 0], [2, 1, 4]), x, { heads: 2 });
    assertClose(row, full.slice([0, 2, 0], [2, 1, 4]));
  });

  test("gradients", () => {
    const mask = attentionMask(tf.tensor2d([[1, 1, 0]]), { causal: true });
    const biases = params();
    checkGradients(
      (x, q, k, v, o) => {
        const withWeight = (weight: tf.Tensor, { bias }: { bias: tf.Tensor }) => ({ weight, bias });
        const moved = {
          query: withWeight(q, biases.query),
          key: withWeight(k, biases.key),
          value: withWeight(v, biases.value),
          output: withWeight(o, biases.output),
        };
        return applyAttention(moved, x as tf.Tensor3D, x as tf.Tensor3D, { heads: 2, mask });
      },
      [sampleTensor([1, 3, 4], 1), ...[2, 3, 4, 5].map((seed) => sampleTensor([4, 4], seed))],
    );
  });

  test("refuses heads that do not divide the width", () => {
    const x = tf.zeros<tf.Rank.R3>([1, 1, 4]);
    expect(() => applyAttention(attention({ dimensions: 4 }, Rng.key(1)), x, x, { heads: 3 })).toThrow(
      "4 dimensions cannot be shared by 3 heads",
    );
  });

  test("the mask is 0 where a query may look", () => {
    const mask = attentionMask(tf.tensor2d([[1, 1, 0]], [1, 3], "int32"), { causal: true, blocked: -1 });
    const open = mask.reshape([3, 3]).add(1);
    assertClose(open, [
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 0],
    ]);
    assertClose(lowerTriangle(2), [
      [1, 0],
      [1, 1],
    ]);
  });
});

describe("causal depthwise convolution", () => {
  test("equals torch.nn.Conv1d(groups=channels), padded on the left", () => {
    const params = { weight: wave([3, 2], 1), bias: wave([2], 2) };
    assertClose(
      applyCausalConv1d(params, wave([1, 4, 2], 3)).flatten(),
      [0.817623, -0.375776, 0.715975, -0.353942, 0.498251, -0.768338, 1.391775, -0.091286],
      { absolute: 2e-6 },
    );
  });
  test("gradients", () => {
    checkGradients(
      (x, weight, bias) => applyCausalConv1d({ weight, bias }, x as tf.Tensor3D),
      [sampleTensor([2, 4, 3], 1), sampleTensor([3, 3], 2), sampleTensor([3], 3)],
    );
  });
  test("says both shapes where they do not fit", () => {
    expect(() =>
      applyCausalConv1d(causalConv1d({ channels: 2, width: 4 }, Rng.key(1)), tf.zeros([1, 2, 3])),
    ).toThrow("x [1,2,3] does not fit the weight [4,2]");
  });
});
