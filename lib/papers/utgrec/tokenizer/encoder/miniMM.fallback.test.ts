import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { keyStream } from "../../../../nn";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { isNative, type tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { maskText } from "../decoders/masking";
import { textDecoder, textLogits, textLoss } from "../decoders/textDecoder";
import { spread, TOPIC_SIZES, TOPIC_VOCABULARY, topicContent } from "./encoderTesting";
import { encodeContent, miniMM, withLora } from "./miniMM";

test("on the JavaScript backend: gradients from the item to its text", () => {
  expect(isNative()).toBe(false);
  const sizes = { dimensions: 4, inner: 4, heads: 2, levels: 2 };
  const options = { ...TOPIC_SIZES, ...sizes, vocabulary: TOPIC_VOCABULARY, layers: 1 };
  const model = withLora(miniMM(options, Rng.key(1)), { rank: 1, alpha: 1 }, Rng.key(2));
  const decoder = textDecoder({ ...sizes, length: TOPIC_SIZES.textLength }, Rng.key(3));
  spread([model.weights, decoder.weights], 0.3);
  const content = topicContent(5, 1);
  const masked = maskText(content.text, { rule: "80-10-10", words: TOPIC_VOCABULARY }, Rng.key(4));
  checkParameterGradients([model.weights, decoder.weights], (): tf.Scalar => {
    const H = encodeContent(model, content, keyStream(Rng.key(5)));
    const logits = textLogits(decoder, H, masked.inputs, model.weights.words.table);
    return textLoss(logits, content.text, masked.selected);
  });
});
