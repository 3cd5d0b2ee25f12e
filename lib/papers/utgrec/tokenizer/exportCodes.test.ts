import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { prefixDifferences } from "./codes/prefixResidual";
import { spread } from "./encoder/encoderTesting";
import { exportCodes } from "./exportCodes";
import { tokenizerWeights } from "./tokenizer";
import { itemVectors, quantizeVectors } from "./tokenizerLoss";
import { smallTokenizer, topicUnion } from "./tokenizerTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function scene() {
  const tokenizer = smallTokenizer(1);
  spread(tokenizerWeights(tokenizer), 0.6);
  return { tokenizer, content: topicUnion(30, 4).content };
}

test("every item has the nearest codes of evaluation, whatever the batches, and again the same", () => {
  const { tokenizer, content } = scene();
  const before = tf.memory().numTensors;
  const { codes, lastVectors } = exportCodes(tokenizer, content, { batchSize: 8 });
  expect(tf.memory().numTensors).toBe(before);
  expect(codes).toMatchObject({ items: 30, levels: 3, codes: 8 });
  const h = itemVectors(tokenizer, content);
  expect([...codes.values]).toEqual([...quantizeVectors(tokenizer, h).codes.dataSync()]);
  const last = prefixDifferences(h).slice([0, 2, 0], [30, 1, 4]).reshape([30, 4]);
  assertClose(tf.tensor2d(lastVectors, [30, 4]), last, { relative: 1e-4, absolute: 1e-5 });
  expect(exportCodes(tokenizer, content, { batchSize: 8 })).toEqual({ codes, lastVectors });
  expect([...exportCodes(tokenizer, content).codes.values]).toEqual([...codes.values]);
});

test("a balanced assignment is for training alone", () => {
  const { tokenizer, content } = scene();
  const balanced = {
    ...tokenizer,
    codes: { ...tokenizer.codes, sinkhorn: { epsilon: 0.1, iterations: 20 } },
  };
  expect(exportCodes(balanced, content)).toEqual(exportCodes(tokenizer, content));
});
