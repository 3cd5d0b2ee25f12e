import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyAttention, attention, attentionMask, lowerTriangle } from ".";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

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
