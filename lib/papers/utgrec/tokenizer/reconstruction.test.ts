import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { assertClose } from "../../../tensor/testing";
import { prefixSums } from "./codes/prefixResidual";
import { FIRST_WORD, type ItemContent } from "./content";
import { decodingTerms } from "./decodingLoss";
import { spread, TOPIC_SIZES, TOPIC_VOCABULARY } from "./encoder/encoderTesting";
import { exportCodes } from "./exportCodes";
import { codeCrossEntropy, imagesOfCodes, topWords, wordsOfCodes } from "./reconstruction";
import { tokenizerWeights } from "./tokenizer";
import { itemVectors, quantizeVectors } from "./tokenizerLoss";
import { smallTokenizer, topicUnion } from "./tokenizerTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function scene() {
  const tokenizer = smallTokenizer(1);
  spread(tokenizerWeights(tokenizer), 0.6);
  return { tokenizer, content: topicUnion(30, 4).content as ItemContent };
}
const tuples = () =>
  tf.tensor2d(
    [
      [0, 1, 2],
      [5, 7, 0],
    ],
    [2, 3],
    "int32",
  );

test("the cross-entropy from codes is that of the loss where all of the text is masked", () => {
  const { tokenizer, content } = scene();
  const before = tf.memory().numTensors;
  const { codes } = exportCodes(tokenizer, content);
  const nats = codeCrossEntropy(tokenizer, content, codes, { batchSize: 8 });
  expect(tf.memory().numTensors).toBe(before);
  const { quantized } = quantizeVectors(tokenizer, itemVectors(tokenizer, content));
  const options = { masking: "all", repeats: 1 } as const;
  const { text } = decodingTerms(tokenizer, prefixSums(quantized), [content], options, Rng.key(1));
  assertClose(text[0], nats, { relative: 1e-4 });
  const others = { ...codes, values: codes.values.map((code) => (code + 1) % 6) };
  expect(Math.abs(codeCrossEntropy(tokenizer, content, others) - nats)).toBeGreaterThan(1e-3);
});

describe("what codes say", () => {
  test("chances of the words, none of padding and mask; the likeliest come first", () => {
    const { tokenizer } = scene();
    const chances = wordsOfCodes(tokenizer, tuples());
    expect(chances.shape).toEqual([2, TOPIC_VOCABULARY]);
    assertClose(chances.sum(1), [1, 1], { relative: 1e-5 });
    assertClose(chances.slice([0, 0], [2, FIRST_WORD]), [
      [0, 0],
      [0, 0],
    ]);
    const names = Array.from({ length: TOPIC_VOCABULARY }, (_, id) => `word ${id}`);
    const [first, second] = topWords(tokenizer, tuples(), names, 4);
    expect(first.map(({ word }) => word)).not.toEqual(second.map(({ word }) => word));
    const [row] = chances.arraySync();
    expect(first[0].probability).toBe(Math.max(...row));
    expect(first[0].word).toBe(`word ${row.indexOf(first[0].probability)}`);
    expect(first.map(({ probability }) => probability)).toEqual([...row].sort((a, b) => b - a).slice(0, 4));
  });

  test("a mean image of each tuple, the same for the same key", () => {
    const { tokenizer } = scene();
    const draw = (seed: number) =>
      imagesOfCodes(tokenizer, tuples(), { samples: 3, steps: 5 }, Rng.key(seed));
    const images = draw(1);
    expect(images.shape).toEqual([2, TOPIC_SIZES.patches, TOPIC_SIZES.channels]);
    assertClose(draw(1), images);
    expect([...draw(2).dataSync()]).not.toEqual([...images.dataSync()]);
  });
});
