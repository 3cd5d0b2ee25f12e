import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyDense } from "../../../nn/dense";
import { keyStream } from "../../../nn/dropout";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../../tensor/testing";
import { FIRST_WORD, type ItemContent, MASK } from "./content";
import { patchStates } from "./decoders/imageDecoder";
import { textLogits } from "./decoders/textDecoder";
import { type DecodingOptions, type DecodingTerms, decodingTerms } from "./decodingLoss";
import { diffusionLoss } from "./diffusion/diffusionLoss";
import { spread, TOPIC_SIZES, topicContent } from "./encoder/encoderTesting";
import { tokenizerWeights, type UtgTokenizer } from "./tokenizer";
import { smallTokenizer } from "./tokenizerTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ITEMS = 5; // of which the last has no image, and the third a word less
const [LEVELS, CODE_WIDTH] = [3, 4];

function trained(): UtgTokenizer {
  const tokenizer = smallTokenizer(1);
  spread(tokenizerWeights(tokenizer), 0.4);
  return tokenizer;
}

const vectors = (items = ITEMS) => sampleTensor<tf.Tensor3D>([items, LEVELS, CODE_WIDTH], 7);
const told = (
  tokenizer: UtgTokenizer,
  contents: readonly ItemContent[],
  options: DecodingOptions = {},
  h = vectors(),
) => decodingTerms(tokenizer, h, contents, options, Rng.key(5));
const numbers = (terms: readonly tf.Scalar[]) => terms.map((term) => term.dataSync()[0]);

describe("the text term", () => {
  test("is the cross-entropy of the words, of all but the padding, with the whole text masked", () => {
    const tokenizer = trained();
    const content = topicContent(ITEMS, 1);
    const z = applyDense(tokenizer.conditioning, vectors()) as tf.Tensor3D;
    const words = content.text.arraySync();
    expect(words.flat()).toContain(0);
    const masked = tf.tensor2d(
      words.map((row) => row.map((word) => (word >= FIRST_WORD ? MASK : 0))),
      undefined,
      "int32",
    );
    const table = tokenizer.encoder.weights.words.table;
    const logits = textLogits(tokenizer.text, z, masked, table).arraySync();
    const losses = words.flatMap((row, item) =>
      row.flatMap((word, place) => {
        if (word === 0) return [];
        const of = logits[item][place];
        return [Math.log(of.reduce((sum, logit) => sum + Math.exp(logit), 0)) - of[word]];
      }),
    );
    const expected = losses.reduce((a, b) => a + b) / losses.length;
    const [text] = told(tokenizer, [content], { masking: "all" }).text;
    assertClose(text, expected, { relative: 1e-5 });
    // By the default rule some of the words are seen.
    expect(numbers(told(tokenizer, [content]).text)[0]).not.toBeCloseTo(expected, 3);
  });

  test("of several contents told at once is what each has alone, in their order", () => {
    const tokenizer = trained();
    const contents = [1, 2, 3].map((seed) => topicContent(ITEMS, seed));
    const options = { masking: "all", images: false } as const;
    const alone = contents.map((content) => numbers(told(tokenizer, [content], options).text)[0]);
    expect(new Set(alone.map((loss) => loss.toFixed(4))).size).toBe(3);
    assertClose(numbers(told(tokenizer, contents, options).text), alone, { relative: 1e-5 });
  });
});

describe("the image term", () => {
  test("is the diffusion's loss of each patch, conditioned on its state, with the weight of its item", () => {
    const tokenizer = trained();
    const contents = [1, 2].map((seed) => topicContent(ITEMS, seed));
    const options = { repeats: 3, variational: true };
    const { patches, channels } = TOPIC_SIZES;
    const states = patchStates(tokenizer.image, applyDense(tokenizer.conditioning, vectors()) as tf.Tensor3D);
    const conditions = tf.tensor2d(states.arraySync().flat());
    const [, noiseKey] = Rng.split(Rng.key(5), 2);
    const expected = contents.map(({ image, hasImage }, k) => {
      const targets = tf.tensor2d(image.arraySync().flat(), [ITEMS * patches, channels]);
      const weights = tf.tensor1d(hasImage.arraySync().flatMap((has) => new Array(patches).fill(has)));
      expect(weights.arraySync().slice(-patches - 1)).toEqual([1, ...new Array(patches).fill(0)]);
      const batch = { targets, conditions, weights };
      const key = Rng.foldIn(noiseKey, k); // noise of its own for each content
      return diffusionLoss(tokenizer.diffusion, tokenizer.schedule, batch, options, key).dataSync()[0];
    });
    assertClose(numbers(told(tokenizer, contents, options).image), expected, { relative: 1e-5 });
    const without = told(tokenizer, contents, { repeats: 3 }).image;
    expect(Math.abs(numbers(without)[0] - expected[0])).toBeGreaterThan(1e-3);
  });

  test("is left out where images are not told, and the text term stays as it is", () => {
    const [tokenizer, contents] = [trained(), [topicContent(ITEMS, 1)]];
    const [both, textAlone] = [true, false].map((images) => told(tokenizer, contents, { images }));
    expect([both.image.length, textAlone.image.length]).toEqual([1, 0]);
    expect(numbers(textAlone.text)).toEqual(numbers(both.text));
  });
});

test("decoders have their dropout where there are keys for it, and none without", () => {
  const tokenizer = trained();
  const withDropout: UtgTokenizer = {
    ...tokenizer,
    text: { ...tokenizer.text, options: { ...tokenizer.text.options, dropout: 0.5 } },
    image: { ...tokenizer.image, options: { ...tokenizer.image.options, dropout: 0.5 } },
  };
  const content = topicContent(ITEMS, 1);
  const terms = (seed?: number): number[] => {
    const keys = seed === undefined ? undefined : keyStream(Rng.key(seed));
    const { text, image }: DecodingTerms = decodingTerms(
      withDropout,
      vectors(),
      [content],
      {},
      Rng.key(5),
      keys,
    );
    return numbers([...text, ...image]);
  };
  expect(terms(1)).toEqual(terms(1));
  const still = numbers([told(tokenizer, [content])].flatMap(({ text, image }) => [...text, ...image]));
  expect(terms()).toEqual(still);
  terms(1).forEach((term, k) => {
    for (const other of [terms(2)[k], still[k]]) expect(Math.abs(term - other)).toBeGreaterThan(1e-4);
  });
});

test("gradients with respect to the vectors, of two contents' texts and images", () => {
  const tokenizer = trained();
  const contents = [1, 2].map((seed) => topicContent(2, seed));
  checkGradients(
    (h) => {
      const { text, image } = told(tokenizer, contents, { repeats: 1 }, h as tf.Tensor3D);
      return tf.stack([...text, ...image]);
    },
    [vectors(2)],
    { relative: 1e-2, absolute: 2e-3 },
  );
});
