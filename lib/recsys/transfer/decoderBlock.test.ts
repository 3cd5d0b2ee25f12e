import { afterEach, beforeEach, expect, test } from "vitest";
import { normalInit } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleTensor, weightedSum } from "../../tensor/testing";
import { checkParameterGradients } from "../models/testing";
import { applyDecoderBlock, decoderBlock } from "./decoderBlock";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

// Its numbers are checked with MISSRec's encoder, against PyTorch.
const block = () => decoderBlock({ dimensions: 4, inner: 6, init: normalInit(0.5) }, Rng.key(1));
const [sequence, memory] = [
  () => sampleTensor<tf.Tensor3D>([2, 3, 4], 1),
  () => sampleTensor<tf.Tensor3D>([2, 5, 4], 2),
];

test("some positions give those rows of all", () => {
  const all = applyDecoderBlock(block(), sequence(), sequence(), memory(), { heads: 2 });
  expect(all.shape).toEqual([2, 3, 4]);
  const last = sequence().slice([0, 2, 0], [2, 1, 4]);
  assertClose(
    applyDecoderBlock(block(), last, sequence(), memory(), { heads: 2 }),
    all.slice([0, 2, 0], [2, 1, 4]),
  );
});

test("what the masks close is not seen", () => {
  const closed = (length: number) =>
    tf.tensor4d(
      Array.from({ length }, (_, k) => (k === length - 1 ? -1e4 : 0)),
      [1, 1, 1, length],
    );
  const options = { heads: 2, mask: closed(3), crossMask: closed(5) };
  const queries = sequence().slice([0, 0, 0], [2, 2, 4]);
  const masked = applyDecoderBlock(block(), queries, sequence(), memory(), options);
  const shorter = memory().slice([0, 0, 0], [2, 4, 4]);
  assertClose(applyDecoderBlock(block(), queries, queries, shorter, { heads: 2 }), masked);
});

test("gradients of its parameters", () => {
  const parameters = block();
  checkParameterGradients(parameters, () =>
    weightedSum(applyDecoderBlock(parameters, sequence(), sequence(), memory(), { heads: 2 })),
  );
});
