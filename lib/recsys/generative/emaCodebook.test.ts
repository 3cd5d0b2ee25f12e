import { afterEach, beforeEach, expect, test } from "vitest";
import { compile, tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { emaOf, startEma, updateEma } from "./emaCodebook";
import { nearestCentre } from "./kmeans";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each([false, true])("one update, worked by hand; compiled: %s", (compiled) => {
  const book = emaOf(tf.variable(tf.zeros([2, 2])));
  startEma(
    book,
    tf.tensor2d([
      [0, 0],
      [4, 0],
    ]),
  );
  const batch = tf.tensor2d([
    [1, 0],
    [0, 2],
    [3, 0],
  ]);
  const chosen = nearestCentre(batch, book.codes as tf.Tensor as tf.Tensor2D);
  expect([...chosen.dataSync()]).toEqual([0, 0, 1]);
  const before = tf.memory().numTensors;
  if (compiled) {
    const step = compile((r: tf.Tensor2D, c: tf.Tensor1D) => updateEma(book, r, c), { xla: false });
    step(batch, chosen);
    step.dispose();
  } else updateEma(book, batch, chosen);
  expect(tf.memory().numTensors).toBe(before);
  assertClose(book.counts, [1.01, 1]);
  assertClose(book.sums, [
    [0.01, 0.02],
    [3.99, 0],
  ]);
  assertClose(book.codes, [
    [0.009901, 0.019802],
    [3.9899998, 0],
  ]);
});

test("a compiled step that looks codes up and moves them is the plain one, step after step", () => {
  type Step = (r: tf.Tensor2D) => tf.Tensor;
  const run = (wrap: (step: Step) => Step) => {
    const book = emaOf(tf.variable(tf.zeros([3, 2])));
    startEma(book, sampleTensor([3, 2], 1));
    const step = wrap((r) => {
      const codes = book.codes as tf.Tensor as tf.Tensor2D;
      const chosen = nearestCentre(r, codes);
      const found = tf.gather(codes, chosen);
      updateEma(book, r, chosen, { decay: 0.8 });
      return found;
    });
    return tf.stack([0, 1, 2, 3].map((t) => step(sampleTensor([6, 2], 10 + t))));
  };
  const compiled = run((step) => compile(step, { xla: false }));
  assertClose(
    compiled,
    run((step) => step),
  );
});
