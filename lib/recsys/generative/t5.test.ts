import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adamW } from "../../optim";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, finiteDifferences } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { checkParameterGradients } from "../models/testing";
import { decode, decodeStates, encode, shiftRight, t5Loss } from "./t5";
import { t5 } from "./t5Parameters";
import { smallBatch, smallT5 } from "./t5Testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("T5", () => {
  test.each([
    [1, 787_968],
    [3, 2_099_968],
    [5, 3_411_968],
    [6, 4_067_968],
    [7, 4_723_968],
  ])("with %i layers has %i parameters", (layers, parameters) => {
    expect(countParameters(t5({ layers }, Rng.key(1)).weights)).toBe(parameters);
  });

  test("starts with T5's deviations", () => {
    const { weights } = t5({ layers: 1 }, Rng.key(1));
    const { attention } = weights.decoder.layers[0].crossAttention;
    const { network } = weights.decoder.layers[0].feedForward;
    const deviation = (x: tf.Tensor) => tf.moments(x).variance.sqrt().dataSync()[0];
    const near = (x: tf.Tensor, expected: number, relative = 0.03) =>
      assertClose(deviation(x), expected, { relative });
    near(weights.embedding.table, 1);
    near(attention.query.weight, (128 * 64) ** -0.5);
    near(attention.key.weight, 128 ** -0.5);
    near(attention.value.weight, 128 ** -0.5);
    near(attention.output.weight, 256 ** -0.5);
    near(network.expand.weight, 128 ** -0.5);
    near(network.contract.weight, 512 ** -0.5);
    near(weights.encoder.relativeBias, 128 ** -0.5, 0.25);
  });

  test("the decoder's inputs are the labels behind the start token", () => {
    expect(shiftRight(smallBatch().labels).arraySync()).toEqual([
      [0, 1, 4, 8],
      [0, 3, 5, 7],
    ]);
    expect(shiftRight(smallBatch().labels, 9).arraySync()).toEqual([
      [9, 1, 4, 8],
      [9, 3, 5, 7],
    ]);
    expect(shiftRight(smallBatch().labels, tf.tensor1d([9, 6], "int32")).arraySync()).toEqual([
      [9, 1, 4, 8],
      [6, 3, 5, 7],
    ]);
  });

  test("the decoder's output vectors are normalised, and the head's input", () => {
    const model = smallT5();
    const { inputs, labels } = smallBatch();
    const states = decodeStates(model, shiftRight(labels), encode(model, inputs));
    expect(states.shape).toEqual([2, 4, 8]);
    assertClose(states.square().mean(-1), tf.ones([2, 4]), { relative: 1e-4 }); // the norm's weights start at 1
    const table = model.weights.embedding.table as unknown as tf.Tensor2D;
    const logits = tf.matMul(states.reshape<tf.Tensor2D>([8, 8]), table, false, true).mul(8 ** -0.5);
    assertClose(decode(model, shiftRight(labels), encode(model, inputs)).reshape([8, 11]), logits);
  });

  test("gradients of all parameters", () => {
    const model = smallT5();
    checkParameterGradients(model.weights, () => t5Loss(model, smallBatch()));
  });

  test("the table's gradient is the sum of its three uses", () => {
    const model = smallT5();
    const { inputs, labels } = smallBatch();
    const { table } = model.weights.embedding;
    const using = (own: tf.Tensor) => ({
      ...model,
      weights: { ...model.weights, embedding: { table: own } },
    });
    const whole = tf.grad((own) => t5Loss(using(own), { inputs, labels }))(table);
    const [encoder, rest] = tf.grads((first, second) => {
      const encoded = encode(using(first), inputs);
      const logits = decode(using(second), shiftRight(labels), encoded);
      return tf.losses.softmaxCrossEntropy(
        tf.oneHot(labels, 11).reshape([8, 11]),
        logits.reshape([8, 11]),
      ) as tf.Tensor;
    })([table.clone(), table.clone()]); // one tensor twice would get both gradients twice
    assertClose(whole, encoder.add(rest), { relative: 1e-4, absolute: 1e-6 });
    // Id 4 is in an encoder's input and in a decoder's, and every id is in the head: its row has all three parts.
    const at = (value: number) =>
      tf.tidy(() => {
        const moved = tf.buffer([11, 8], "float32", table.dataSync<"float32">().slice());
        moved.set(value, 4, 3);
        return t5Loss(using(moved.toTensor()), { inputs, labels }).dataSync()[0];
      });
    const old = table.bufferSync().get(4, 3);
    const [numeric] = finiteDifferences(([value]) => at(value), [old], 1e-2);
    assertClose(whole.bufferSync().get(4, 3), numeric, { relative: 2e-2, absolute: 1e-3 });
    expect(encoder.bufferSync().get(4, 3)).not.toBe(0);
    expect(rest.bufferSync().get(4, 3)).not.toBe(0);
  });

  test("padding changes nothing", () => {
    const model = smallT5();
    const { inputs, labels } = smallBatch();
    const logits = (ids: tf.Tensor2D) => decode(model, shiftRight(labels), encode(model, ids));
    const longer = tf.pad(inputs, [
      [0, 0],
      [0, 5],
    ]);
    assertClose(logits(longer), logits(inputs), { absolute: 1e-5 });
  });

  test("a position does not see later tokens", () => {
    const model = smallT5();
    const encoded = encode(model, smallBatch().inputs);
    const logits = (ids: number[]) => decode(model, tf.tensor2d([...ids, ...ids], [2, 4], "int32"), encoded);
    const change = logits([0, 1, 4, 8])
      .sub(logits([0, 1, 9, 2]))
      .abs()
      .max([0, 2])
      .arraySync() as number[];
    expect(change.slice(0, 2)).toEqual([0, 0]);
    expect(Math.min(change[2], change[3])).toBeGreaterThan(1e-3);
  });

  test("rows of weight 0 do not count", () => {
    const model = smallT5();
    const { inputs, labels } = smallBatch();
    const first = { inputs: inputs.slice([0, 0], [1, 7]), labels: labels.slice([0, 0], [1, 4]) };
    const weights = tf.tensor1d([1, 0]);
    assertClose(t5Loss(model, { inputs, labels, weights }), t5Loss(model, first), { relative: 1e-5 });
  });

  test("dropout is the key's", () => {
    const model = smallT5({ dropout: 0.3 });
    const loss = (seed: number) => t5Loss(model, smallBatch(), Rng.key(seed)).dataSync()[0];
    expect(loss(1)).toBe(loss(1));
    expect(loss(1)).not.toBe(loss(2));
  });
});

test("overfits 32 sequences, and a step frees its tensors", () => {
  const model = t5(
    { vocabulary: 40, dimensions: 32, inner: 64, heads: 2, headDimensions: 16, layers: 1, dropout: 0 },
    Rng.key(1),
  );
  const inputs = Rng.randint<tf.Tensor2D>(Rng.key(2), [32, 10], 1, 39);
  const labels = tf.concat([Rng.randint(Rng.key(3), [32, 4], 1, 39), tf.fill([32, 1], 39, "int32")], 1);
  const batch = { inputs, labels: labels as tf.Tensor2D };
  const optimizer = adamW(model.weights, { learningRate: 5e-3, weightDecay: 0 });
  const step = compile((data: typeof batch) => optimizer.step(() => t5Loss(model, data)), { xla: false });
  let loss = Number.POSITIVE_INFINITY;
  let between = 0;
  for (let i = 0; i < 400; i++) {
    const value = step(batch);
    if (i % 10 === 9) loss = value.dataSync()[0];
    value.dispose();
    if (i === 0) between = tf.memory().numTensors;
    else expect(tf.memory().numTensors).toBe(between);
    if (loss < 0.01) break;
  }
  expect(loss).toBeLessThan(0.01);
  step.dispose();
});
