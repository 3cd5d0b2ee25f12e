import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../../../nn";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { MASK } from "../content";
import { spread } from "../encoder/encoderTesting";
import { maskText } from "./masking";
import { textDecoder, textLogits, textLoss } from "./textDecoder";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const WORDS = 9;
const SIZES = { dimensions: 8, levels: 3, length: 5, heads: 2 };

function scene() {
  const decoder = textDecoder(SIZES, Rng.key(1));
  const table = tf.variable(Rng.normal(Rng.key(2), [WORDS, 8], 0, 0.5));
  const z = sampleTensor<tf.Tensor3D>([2, 3, 8], 3);
  const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
  const text = ids([
    [2, 3, 4, 5, 6],
    [7, 8, 2, 0, 0],
  ]);
  const logits = (inputs: tf.Tensor2D, codes = z) => textLogits(decoder, codes, inputs, table);
  return { decoder, table, z, ids, text, logits };
}

const largest = (x: tf.Tensor) => x.abs().max().dataSync()[0];

describe("the text decoder", () => {
  test("is bidirectional: a word late in the text changes what is told early, and the other way", () => {
    const { ids, logits } = scene();
    const one = logits(
      ids([
        [2, 3, 4, 5, 6],
        [1, 1, 1, 1, 1],
      ]),
    );
    const late = logits(
      ids([
        [2, 3, 4, 5, 7],
        [1, 1, 1, 1, 1],
      ]),
    ).sub(one);
    const early = logits(
      ids([
        [8, 3, 4, 5, 6],
        [1, 1, 1, 1, 1],
      ]),
    ).sub(one);
    for (let place = 0; place < 5; place++)
      for (const change of [late, early])
        expect(largest(change.slice([0, place, 0], [1, 1, WORDS]))).toBeGreaterThan(1e-4);
    // Rows do not meet.
    for (const change of [late, early]) expect(largest(change.slice([1, 0, 0], [1, 5, WORDS]))).toBe(0);
  });

  test("every code changes what is told everywhere", () => {
    const { text, logits, z } = scene();
    const before = logits(text);
    for (let level = 0; level < 3; level++) {
      const only = tf.oneHot(tf.tensor1d([level], "int32"), 3).reshape([1, 3, 1]);
      const change = logits(text, z.add<tf.Tensor3D>(only.mul(sampleTensor<tf.Tensor3D>([1, 1, 8], 4)))).sub(
        before,
      );
      expect(change.abs().max(2).min().dataSync()[0]).toBeGreaterThan(1e-5);
    }
  });

  test("padding changes nothing", () => {
    const { text, table, decoder, z } = scene();
    const before = textLogits(decoder, z, text, table);
    // Another embedding of padding, and other positions where there is padding only.
    const second = (x: tf.Tensor3D) => x.slice([1, 0, 0], [1, 3, WORDS]).slice([0, 0, 1], [1, 3, WORDS - 1]);
    const padding = tf.oneHot(tf.tensor1d([0], "int32"), WORDS).transpose();
    const moved = table.add(padding.mul(3));
    const tail = tf.tensor2d([[0], [0], [0], [5], [5]]);
    decoder.weights.positions.content.assign(decoder.weights.positions.content.add(tail));
    assertClose(second(textLogits(decoder, z, text, moved)), second(before), { absolute: 0, relative: 1e-6 });
  });

  test("with all words masked it sees the codes alone: no text changes the logits, only its length does", () => {
    const { ids, logits } = scene();
    const told = (rows: number[][]) =>
      logits(maskText(ids(rows), { rule: "all", words: WORDS }, Rng.key(1)).inputs);
    const one = told([
      [2, 3, 4, 5, 6],
      [7, 8, 2, 0, 0],
    ]);
    const other = told([
      [8, 8, 7, 2, 3],
      [3, 3, 4, 0, 0],
    ]);
    expect(other.dataSync()).toEqual(one.dataSync());
    const longer = told([
      [2, 3, 4, 5, 6],
      [7, 8, 2, 3, 0],
    ]);
    expect(largest(longer.sub(one).slice([1, 0, 0], [1, 1, WORDS]))).toBeGreaterThan(1e-6);
    // Which places are which it knows by their positions.
    const places = one.slice([0, 0, 0], [1, 1, WORDS]).sub(one.slice([0, 1, 0], [1, 1, WORDS]));
    expect(largest(places)).toBeGreaterThan(1e-5);
  });

  test("with 80-10-10 a tenth of the words can be seen, so that the text does change the logits", () => {
    const { ids, logits } = scene();
    const told = (shift: number) => {
      const text = ids(
        [0, 1].map((row) => [0, 1, 2, 3, 4].map((place) => 2 + ((3 * row + place + shift) % 7))),
      );
      return logits(maskText(text, { rule: "80-10-10", words: WORDS }, Rng.key(8)).inputs);
    };
    expect(largest(told(0).sub(told(1)))).toBeGreaterThan(1e-3);
  });

  test("gradients, of the decoder and of the table that is both its input and its head", () => {
    const { decoder, table, z, text } = scene();
    spread(decoder.weights, 0.3);
    const masked = maskText(text, { rule: "80-10-10", words: WORDS }, Rng.key(7));
    const codes = tf.variable(z);
    checkParameterGradients({ weights: decoder.weights, table, codes }, () =>
      textLoss(
        textLogits(decoder, codes as tf.Tensor as tf.Tensor3D, masked.inputs, table),
        text,
        masked.selected,
      ),
    );
  });

  test("dropout is an option, off unless asked for", () => {
    const { decoder, text, table, z, logits } = scene();
    const keys = () => keyStream(Rng.key(1));
    expect(textLogits(decoder, z, text, table, keys()).dataSync()).toEqual(logits(text).dataSync());
    const dropping = { ...decoder, options: { ...decoder.options, dropout: 0.5 } };
    expect(largest(textLogits(dropping, z, text, table, keys()).sub(logits(text)))).toBeGreaterThan(0.01);
  });

  test("refuses codes of another number, with both", () => {
    const { logits, text } = scene();
    expect(() => logits(text, tf.zeros([2, 4, 8]))).toThrow(
      "needs z [2,3,8], content [2,5,8]; got z [2,4,8], content [2,5,8]",
    );
  });
});

describe("the loss of the text", () => {
  test("is the mean over the words to be told, by hand", () => {
    const logits = tf.tensor3d([
      [
        [0, 0, Math.log(2)],
        [0, 0, 0],
        [9, 0, 0],
      ],
    ]);
    const text = tf.tensor2d([[2, 1, 0]], [1, 3], "int32");
    // -log(2/4), -log(1/3); the third is padding
    const loss = textLoss(logits, text, tf.tensor2d([[1, 1, 0]]));
    assertClose(loss, (Math.log(2) + Math.log(3)) / 2);
  });

  test("is 0 where nothing is to be told", () => {
    const loss = textLoss(tf.zeros([1, 2, 3]), tf.zeros([1, 2], "int32"), tf.zeros([1, 2]));
    expect(loss.dataSync()[0]).toBe(0);
  });

  test("starts at that of an even guess", () => {
    const decoder = textDecoder(SIZES, Rng.key(1));
    const table = Rng.normal(Rng.key(2), [500, 8], 0, 0.02);
    const text = tf.fill<tf.Rank.R2>([2, 5], 7, "int32");
    const logits = textLogits(decoder, sampleTensor([2, 3, 8]), tf.fill([2, 5], MASK, "int32"), table);
    assertClose(textLoss(logits, text, tf.ones([2, 5])), Math.log(500), { absolute: 0.2 });
  });
});
