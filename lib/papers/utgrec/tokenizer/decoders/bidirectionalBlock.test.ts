import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { countParameters } from "../../../../tensor/tree";
import { applyBidirectionalBlock, bidirectionalBlock, completeDecoderOptions } from "./bidirectionalBlock";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("is one layer: four square matrices, a gated network of 4 d, three norms, and learned positions", () => {
  const options = completeDecoderOptions({ dimensions: 8, levels: 3, length: 5 });
  expect(options.inner).toBe(32);
  const layer = 4 * 64 + 3 * 8 + 3 * 8 * 32 + 3 * 8;
  expect(countParameters(bidirectionalBlock(options, Rng.key(1)))).toBe(layer + (3 + 5) * 8);
});

test("what stands at padding reaches nobody else, and what stands elsewhere reaches everybody", () => {
  const options = completeDecoderOptions({ dimensions: 8, levels: 2, length: 4 });
  const weights = bidirectionalBlock(options, Rng.key(1));
  const z = sampleTensor<tf.Tensor3D>([1, 2, 8], 2);
  const content = sampleTensor<tf.Tensor3D>([1, 4, 8], 3);
  const valid = tf.tensor2d([[1, 0, 1, 1]]);
  const states = (moved?: number) => {
    const only = tf.oneHot(tf.tensor1d([moved ?? -1], "int32"), 4).reshape([1, 4, 1]);
    const changed = content.add<tf.Tensor3D>(only.mul(sampleTensor([1, 1, 8], 4)));
    return applyBidirectionalBlock(weights, options, { z, content: changed, valid });
  };
  const moves = (moved: number) => [...states(moved).sub(states()).abs().max([0, 2]).dataSync()];
  expect(moves(1).map((move) => move > 0)).toEqual([false, true, false, false]);
  for (const place of [0, 2, 3]) for (const move of moves(place)) expect(move).toBeGreaterThan(1e-5);
  assertClose(states().square().mean(2), tf.ones([1, 4]), { absolute: 1e-4 });
});
