import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { encodeAll, encodedAt, encodeLast, refeed, transform } from "./forward";
import { lastPosition } from "./model";
import { TINY, tinyBatch, tinyModel } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const HISTORY = [3, 1, 5, 2, 7];

test("output i does not depend on later items", () => {
  const { parameters, options } = tinyModel();
  const outputs = (items: number[]) =>
    encodeAll(parameters, options, transform(parameters, options, tf.tensor2d([items], [1, 5], "int32")));
  const [before, after] = [outputs([3, 1, 5, 2, 7]), outputs([3, 1, 5, 9, 4])];
  const head = (t: tf.Tensor3D) => t.slice([0, 0, 0], [1, 3, -1]);
  assertClose(head(before), head(after));
  expect(before.sub(after).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
});

describe("reading one position and reading all of them agree", () => {
  test.each(["recurrence", "quadratic", "chunked"] as const)("%s", (form) => {
    const { parameters, options } = tinyModel({ form, chunk: 3, dSkip: true });
    const { items } = tinyBatch();
    const transformed = transform(parameters, options, items);
    const last = lastPosition(items);
    const one = encodeLast(parameters, options, transformed, last);
    const all = encodeAll(parameters, options, transformed);
    const cut = encodedAt(parameters, options, transformed, all, last);
    assertClose(cut.output, one.output, { absolute: 1e-5 });
    assertClose(cut.state, one.state, { absolute: 1e-5 });
  });
});

describe("the re-fed token", () => {
  test("passes through the same Transform as a real one: token n + 1 after n real ones", () => {
    const { parameters, options } = tinyModel();
    const items = tf.tensor2d([HISTORY], [1, 5], "int32");
    const encoded = encodeLast(
      parameters,
      options,
      transform(parameters, options, items),
      lastPosition(items),
    );
    // Put E1_5 itself where o_n stands, read up to item 4: this must give X_5, B_5 and Δ_5.
    const full = transform(parameters, options, items);
    const upToFour = encodeLast(parameters, options, full, tf.tensor1d([3], "int32"));
    const refed = refeed(parameters, options, { output: encoded.lastInput, context: upToFour.context });
    assertClose(refed.x, encoded.lastX, { absolute: 1e-5 });
    assertClose(refed.delta, encoded.delta.slice([0, 4], [1, 1]).flatten(), { absolute: 1e-5 });
    assertClose(refed.write, full.write.slice([0, 4, 0], [1, 1, -1]).squeeze([1]), { absolute: 1e-5 });
  });
  test("sees no neighbours with refeedContext false: the history before o_n does not matter", () => {
    const alone = tinyModel({ refeedContext: false });
    const full = tinyModel({ refeedContext: true });
    const output = tf.ones<tf.Rank.R2>([1, TINY.dimensions]);
    const contexts = [0, 1].map((value) => tf.fill([1, 3, 14], value) as tf.Tensor3D);
    const deltas = (model: typeof alone) =>
      contexts.map((context) => refeed(model.parameters, model.options, { output, context }).x);
    const [a, b] = deltas(alone);
    assertClose(a, b);
    const [c, d] = deltas(full);
    expect(c.sub(d).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
  });
});
