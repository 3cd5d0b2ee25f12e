import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { sequenceLogProbs, tokenEntropy, tokenLogProbs } from "./tokenLogProbs";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [N, T, V] = [2, 3, 4];
const logits = () => sampleTensor<tf.Tensor3D>([N, T, V], 3, -2, 2);
const tokens = () => tf.tensor2d([0, 3, 1, 2, 2, 0], [N, T], "int32");

describe("log-probabilities of tokens", () => {
  test("logits log 1, log 2, log 5 have the probabilities 1/8, 2/8, 5/8", () => {
    const row = tf.tensor3d([Math.log(1), Math.log(2), Math.log(5)], [1, 1, 3]);
    const of = (token: number, temperature?: number) =>
      tokenLogProbs(row, tf.tensor2d([token], [1, 1], "int32"), temperature).dataSync()[0];
    expect(of(2)).toBeCloseTo(Math.log(5 / 8), 6);
    // At the temperature 1/2 the weights are squared: 1, 4, 25.
    expect(of(1, 0.5)).toBeCloseTo(Math.log(4 / 30), 6);
    const entropy = -(Math.log(1 / 8) / 8 + Math.log(2 / 8) / 4 + (Math.log(5 / 8) * 5) / 8);
    expect(tokenEntropy(row).dataSync()[0]).toBeCloseTo(entropy, 6);
  });

  test("are those of the softmax", () => {
    const all = tf.logSoftmax(logits().div(1.7));
    const expected = all.mul(tf.oneHot(tokens(), V)).sum(-1);
    assertClose(tokenLogProbs(logits(), tokens(), 1.7), expected);
    assertClose(tokenEntropy(logits(), 1.7), all.exp().mul(all).sum(-1).neg());
    assertClose(tokenEntropy(tf.zeros([1, 1, 8])), [[Math.log(8)]]);
  });

  test("gradients", () => {
    checkGradients((x) => tokenLogProbs(x as tf.Tensor3D, tokens(), 0.8), [logits()]);
    checkGradients((x) => tokenEntropy(x as tf.Tensor3D, 0.8), [logits()]);
  });

  test("no temperature below or at 0", () => {
    expect(() => tokenLogProbs(logits(), tokens(), 0)).toThrow("The temperature 0 is not positive.");
    expect(() => tokenEntropy(logits(), -1)).toThrow("The temperature -1 is not positive.");
  });
});

test("a sequence's log-probability is the sum over its own tokens", () => {
  const logProbs = tf.tensor2d([-0.1, -2, -0.5, -0.25, -0.3, -0.7, -4, Number.NaN], [2, 4]);
  const mask = tf.tensor2d([1, 0, 0, 1, 1, 1, 0, 0], [2, 4]);
  assertClose(sequenceLogProbs(logProbs, mask), [-0.35, -1]);
  assertClose(sequenceLogProbs(logProbs.slice([0, 0], [1, 4])), [-2.85]);
  expect(() => sequenceLogProbs(logProbs, tf.ones([2, 3]))).toThrow(
    "A mask [2,3] does not fit values [2,4].",
  );
});
