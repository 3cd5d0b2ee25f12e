import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyAttention, applyRmsNorm, applySwiGlu, attentionMask, keyStream } from "../../../../nn";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { countParameters } from "../../../../tensor/tree";
import { spread } from "./encoderTesting";
import { applyPreNormBlock, blockLora, preNormBlock, scaledNormal } from "./preNormBlock";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const SIZES = { heads: 2, dropout: 0, epsilon: 1e-6 };

function scene() {
  const block = preNormBlock({ dimensions: 4, inner: 6 }, Rng.key(1));
  spread(block);
  const x = sampleTensor<tf.Tensor3D>([2, 5, 4], 2);
  const valid = tf.tensor2d([
    [1, 1, 1, 1, 1],
    [1, 0, 1, 1, 0],
  ]);
  return { block, x, valid, mask: attentionMask(valid, { causal: true }) };
}

describe("the block", () => {
  test("is x + Attention(RMSNorm(x)), and then y + FFN(RMSNorm(y))", () => {
    const { block, x, mask } = scene();
    const normed = applyRmsNorm(block.attentionNorm, x, 1e-6) as tf.Tensor3D;
    const y = x.add(applyAttention(block.attention, normed, normed, { heads: 2, mask }));
    const expected = y.add(applySwiGlu(block.network, applyRmsNorm(block.networkNorm, y, 1e-6)));
    assertClose(applyPreNormBlock(block, x, { ...SIZES, mask }), expected, { absolute: 1e-5 });
  });

  test("computes the last positions alone as it does among all", () => {
    const { block, x, valid } = scene();
    const mask = attentionMask(valid, { causal: false });
    const all = applyPreNormBlock(block, x, { ...SIZES, mask });
    const last = applyPreNormBlock(block, x, { ...SIZES, mask, last: 2 });
    assertClose(last, all.slice([0, 3, 0], [2, 2, 4]), { absolute: 1e-6 });
  });

  test("with low-rank changes, in evaluation and in training", () => {
    const { block, x, mask } = scene();
    const changes = blockLora(block, 2, Rng.key(3));
    expect(countParameters(changes)).toBe(4 * 2 * (4 + 4) + 3 * 2 * (4 + 6));
    const lora = { changes, options: { rank: 2, alpha: 4, dropout: 0 } };
    const plain = applyPreNormBlock(block, x, { ...SIZES, mask });
    assertClose(applyPreNormBlock(block, x, { ...SIZES, mask, lora }), plain, { absolute: 0 });
    spread(changes);
    const moved = applyPreNormBlock(block, x, { ...SIZES, mask, lora });
    expect(moved.sub(plain).abs().max().dataSync()[0]).toBeGreaterThan(0.1);
  });

  test("gradients, of the block and of its low-rank changes, dropout on", () => {
    const { block, x, mask } = scene();
    const changes = blockLora(block, 2, Rng.key(3));
    spread(changes, 0.3);
    const lora = { changes, options: { rank: 2, alpha: 2, dropout: 0.2 } };
    const weights = sampleTensor([2, 3, 4], 9);
    checkParameterGradients({ block, changes }, () => {
      const keys = keyStream(Rng.key(5));
      const y = applyPreNormBlock(block, x, { ...SIZES, dropout: 0.2, mask, lora, last: 3, keys });
      return y.mul(weights).sum() as tf.Scalar;
    });
  });

  test("refuses heads that do not divide the width", () => {
    const { block, x, mask } = scene();
    expect(() => applyPreNormBlock(block, x, { ...SIZES, heads: 3, mask })).toThrow(
      "4 dimensions cannot be shared by 3 heads",
    );
  });
});

test("the first weights are 0.02 in size at the published width, and pass on as much at a smaller one", () => {
  const deviation = (shape: number[]) => {
    const { variance } = tf.moments(scaledNormal(Rng.key(1), shape));
    return Math.sqrt(variance.dataSync()[0]);
  };
  expect(deviation([1536, 64])).toBeCloseTo(0.02, 3);
  expect(deviation([48, 2048]) * Math.sqrt(48)).toBeCloseTo(0.02 * Math.sqrt(1536), 1);
});
