import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, sampleTensor } from "../tensor/testing";
import { countParameters } from "../tensor/tree";
import { addAndNorm, applyTransformerBlock, attentionMask, keyStream, layerNorm, transformerBlock } from ".";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("transformer block", () => {
  const dense = (inputs: number, outputs: number, seed: number) => ({
    weight: wave([inputs, outputs], seed),
    bias: wave([outputs], seed + 4),
  });
  const norm = (seed: number) => ({ gain: wave([4], seed).add(1), bias: wave([4], seed + 1) });
  const params = () => ({
    attention: {
      query: dense(4, 4, 1),
      key: dense(4, 4, 2),
      value: dense(4, 4, 3),
      output: dense(4, 4, 4),
    },
    attentionNorm: norm(7),
    feedForward: { expand: dense(4, 6, 5), contract: dense(6, 4, 6) },
    feedForwardNorm: norm(10),
  });

  test("equals torch.nn.TransformerEncoderLayer under a causal mask", () => {
    const x = wave<tf.Tensor3D>([1, 3, 4], 9);
    const mask = attentionMask(tf.ones([1, 3]), { causal: true });
    assertClose(
      applyTransformerBlock(params(), x, x, { heads: 2, mask, epsilon: 1e-5 }).flatten(),
      [
        -0.050943, -0.223676, -0.946889, 0.567789, -0.086599, -0.261844, -0.843618, 0.707715, -0.138203,
        -0.306896, -0.695671, 0.87359,
      ],
      { absolute: 5e-6 },
    );
  });

  test("one query gives that row of the full result", () => {
    const x = sampleTensor<tf.Tensor3D>([2, 4, 4], 3);
    const full = applyTransformerBlock(params(), x, x, { heads: 2 });
    const row = applyTransformerBlock(params(), x.slice([0, 2, 0], [2, 1, 4]), x, { heads: 2 });
    assertClose(row, full.slice([0, 2, 0], [2, 1, 4]));
  });

  test("dropout touches what is added, not what it is added to", () => {
    const x = sampleTensor([8, 4], 5);
    const key = () => keyStream(Rng.key(1));
    const dropped = addAndNorm(layerNorm({ dimensions: 4 }), x, tf.zeros([8, 4]), {
      dropoutRate: 0.5,
      keys: key(),
    });
    assertClose(dropped, addAndNorm(layerNorm({ dimensions: 4 }), x, tf.zeros([8, 4])));
    const changed = addAndNorm(layerNorm({ dimensions: 4 }), x, x, { dropoutRate: 0.5, keys: key() });
    expect(changed.sub(dropped).abs().max().dataSync()[0]).toBeGreaterThan(0.1);
  });

  test("has 4 (d² + d) + 2 d·inner + inner + d + 4 d parameters", () => {
    const block = transformerBlock({ dimensions: 4, inner: 6 }, Rng.key(1));
    expect(countParameters(block)).toBe(4 * 20 + 48 + 6 + 4 + 16);
  });
});
