import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { checkParameterGradients } from "../models/testing";
import { decode, encode, t5Loss } from "./t5";
import { decoderMemory, decodeStep, EMPTY_CACHE } from "./t5Cache";
import { smallBatch, smallT5 } from "./t5Testing";

test("runs on the JavaScript backend", () => expect(isNative()).toBe(false));

test("gradients of all parameters", () => {
  const model = smallT5({ layers: 1 });
  checkParameterGradients(model.weights, () => t5Loss(model, smallBatch()));
});

test("a step with a cache equals teacher forcing", () => {
  const model = smallT5();
  const encoded = encode(model, smallBatch().inputs);
  const memory = decoderMemory(model, encoded);
  const start = tf.zeros<tf.Rank.R2>([2, 1], "int32");
  const next = tf.tensor2d([4, 7], [2, 1], "int32");
  const first = decodeStep(model, memory, EMPTY_CACHE, start);
  const second = decodeStep(model, memory, first.cache, next);
  const forced = decode(model, tf.concat([start, next], 1), encoded);
  assertClose(tf.concat([first.logits, second.logits], 1), forced, { absolute: 1e-5 });
});
