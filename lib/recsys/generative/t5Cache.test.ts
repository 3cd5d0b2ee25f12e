import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { decode, decodeStates, encode } from "./t5";
import { decoderMemory, decodeStep, EMPTY_CACHE, reorderCache } from "./t5Cache";
import { smallBatch, smallT5 } from "./t5Testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [B, beams, T, V] = [2, 3, 4, 11];
/** [B, beams, T]: decoder inputs. */
const tokens = () =>
  tf.tensor3d(
    [0, 1, 4, 8, 0, 2, 2, 5, 0, 9, 3, 1, 0, 7, 6, 4, 0, 3, 10, 2, 0, 5, 1, 9],
    [B, beams, T],
    "int32",
  );
const at = (step: number) => tokens().slice([0, 0, step], [B, beams, 1]).reshape<tf.Tensor2D>([B, beams]);

describe("decoding with a cache", () => {
  test("equals teacher forcing at every position", () => {
    const model = smallT5();
    const encoded = encode(model, smallBatch().inputs);
    const memory = decoderMemory(model, encoded);
    const forced = Array.from({ length: beams }, (_, beam) =>
      decode(model, tokens().slice([0, beam, 0], [B, 1, T]).reshape<tf.Tensor2D>([B, T]), encoded),
    );
    const outputs = Array.from({ length: beams }, (_, beam) =>
      decodeStates(model, tokens().slice([0, beam, 0], [B, 1, T]).reshape<tf.Tensor2D>([B, T]), encoded),
    );
    const expected = tf.stack(forced, 1); // [B, beams, T, V]
    let cache = EMPTY_CACHE;
    for (let i = 0; i < T; i++) {
      const made = decodeStep(model, memory, cache, at(i));
      const wanted = expected.slice([0, 0, i, 0], [B, beams, 1, V]).reshape([B, beams, V]);
      assertClose(made.logits, wanted, { absolute: 1e-5 }, `step ${i}`);
      const states = tf.stack(outputs, 1).slice([0, 0, i, 0], [B, beams, 1, 8]).reshape([B, beams, 8]);
      assertClose(made.states, states, { absolute: 1e-5 }, `output vectors of step ${i}`);
      cache = made.cache;
    }
    expect(cache.map(({ key }) => key.shape)).toEqual([
      [B, beams, 2, T, 3],
      [B, beams, 2, T, 3],
    ]);
  });

  test("a beam goes on from its parent; the first step needs one beam", () => {
    const model = smallT5();
    const encoded = encode(model, smallBatch().inputs);
    const memory = decoderMemory(model, encoded);
    const start = decodeStep(model, memory, EMPTY_CACHE, tf.zeros([B, 1], "int32"));
    const spread = reorderCache(start.cache, tf.zeros([B, beams], "int32"));
    const second = decodeStep(model, memory, spread, at(1));
    const parents = tf.tensor2d([2, 0, 0, 1, 1, 2], [B, beams], "int32");
    const third = decodeStep(model, memory, reorderCache(second.cache, parents), at(2));
    const prefixes = tf.stack(
      [tf.zeros([B, beams], "int32"), tf.gather(at(1), parents, 1, 1), at(2)],
      2,
    ) as tf.Tensor3D;
    for (let beam = 0; beam < beams; beam++) {
      const ids = prefixes.slice([0, beam, 0], [B, 1, 3]).reshape<tf.Tensor2D>([B, 3]);
      const wanted = decode(model, ids, encoded).slice([0, 2, 0], [B, 1, V]);
      assertClose(third.logits.slice([0, beam, 0], [B, 1, V]), wanted, { absolute: 1e-5 }, `beam ${beam}`);
    }
  });

  test("a step leaves its logits and its cache, nothing else", () => {
    const model = smallT5();
    const encoded = encode(model, smallBatch().inputs);
    const memory = decoderMemory(model, encoded);
    const { cache } = decodeStep(model, memory, EMPTY_CACHE, at(0));
    const last = at(1);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const { logits, cache: grown } = decodeStep(model, memory, cache, last);
      return [logits, ...grown.flatMap(({ key, value }) => [key, value])];
    });
    expect(tf.memory().numTensors).toBe(before + 1 + 2 * cache.length);
  });
});
