import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose } from "../../../../tensor/testing";
import { MASK } from "../content";
import { maskText } from "./masking";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const WORDS = 1000;
const ROWS = 10_000;
const LENGTH = 12;

/** Each row has 10 words and 2 places of padding: 10⁵ words. */
function manyTexts(): tf.Tensor2D {
  const values = Int32Array.from({ length: ROWS * LENGTH }, (_, k) =>
    k % LENGTH < 10 ? 2 + (k % (WORDS - 2)) : 0,
  );
  return tf.tensor2d(values, [ROWS, LENGTH], "int32");
}

describe("masking", () => {
  test("80-10-10: the shares over 10⁵ words are within 1%, and padding is neither selected nor touched", () => {
    const text = manyTexts();
    const masked = maskText(text, { rule: "80-10-10", words: WORDS }, Rng.key(1));
    const [before, after, selected] = [text, masked.inputs, masked.selected].map((x) => x.dataSync());
    let [masks, kept, random, untouched, wrong] = [0, 0, 0, 0, 0];
    const seen = new Set<number>();
    before.forEach((word, k) => {
      if (selected[k] !== (word === 0 ? 0 : 1)) wrong++;
      if (word === 0) untouched += after[k] === 0 ? 1 : 0;
      else if (after[k] === MASK) masks++;
      else if (after[k] === word) kept++;
      else {
        random++;
        seen.add(after[k]);
      }
    });
    expect([untouched, wrong]).toEqual([2 * ROWS, 0]);
    expect(Math.abs(masks / 1e5 - 0.8)).toBeLessThan(0.01);
    expect(Math.abs(kept / 1e5 - 0.1)).toBeLessThan(0.01);
    expect(Math.abs(random / 1e5 - 0.1)).toBeLessThan(0.01);
    // Random words are ordinary ones, and any of them.
    expect(Math.min(...seen)).toBe(2);
    expect(Math.max(...seen)).toBe(WORDS - 1);
    expect(seen.size).toBe(WORDS - 2);
  });

  test("all: no word can be seen, only how many there are", () => {
    const text = manyTexts();
    const { inputs, selected } = maskText(text, { rule: "all", words: WORDS }, Rng.key(1));
    const isWord = text.greater(tf.scalar(0, "int32")).toFloat();
    assertClose(inputs, isWord.mul(MASK), { absolute: 0 });
    assertClose(selected, isWord, { absolute: 0 });
  });

  test("another key, another mask; the same one, the same, compiled or not", () => {
    const text = manyTexts().slice([0, 0], [50, LENGTH]);
    const mask = (seed: number) => maskText(text, { rule: "80-10-10", words: WORDS }, Rng.key(seed)).inputs;
    expect(mask(1).dataSync()).toEqual(mask(1).dataSync());
    expect(mask(1).dataSync()).not.toEqual(mask(2).dataSync());
    const compiled = compile((x: tf.Tensor2D, key: tf.Tensor1D) =>
      maskText(x, { rule: "80-10-10", words: WORDS }, key),
    );
    expect(compiled(text, Rng.key(1)).inputs.dataSync()).toEqual(mask(1).dataSync());
    compiled.dispose();
  });
});
