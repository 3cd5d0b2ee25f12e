import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../../../nn";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose } from "../../../../tensor/testing";
import {
  changed,
  spread,
  TOPIC_SIZES,
  TOPIC_VOCABULARY,
  TOPICS,
  topicContent,
  topicItems,
  valuesOf,
} from "./encoderTesting";
import { encodeContent, type MiniMm, miniMM } from "./miniMM";
import { autoencoderHeads, autoencoderLoss, pretrainMiniMm } from "./miniMMPretraining";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = { ...TOPIC_SIZES, vocabulary: TOPIC_VOCABULARY, dimensions: 16, inner: 32, heads: 2 };
const ITEMS = 240;
const TRAINING = { epochs: 15, seed: 3, batchSize: 40 };

/** Share of the variance of all codes' vectors that lies between the topics. */
function varianceOfTopics(model: MiniMm): number {
  const { topics } = topicItems(ITEMS, 1);
  return tf.tidy(() => {
    const rows = encodeContent(model, topicContent(ITEMS, 1)).reshape<tf.Tensor2D>([ITEMS, -1]);
    const centred = rows.sub<tf.Tensor2D>(rows.mean(0));
    const ofTopic = tf.oneHot(tf.tensor1d(topics, "int32"), TOPICS).toFloat() as tf.Tensor2D;
    const means = tf.matMul(ofTopic, centred, true).div<tf.Tensor2D>(ofTopic.sum(0).expandDims(1));
    const between = tf.matMul(ofTopic, means).square().sum();
    return between.div(centred.square().sum()).dataSync()[0];
  });
}

describe("pre-training", () => {
  test("lowers both losses until they tell the topic, and makes the vectors of a topic alike; a seed repeats to the bit", async () => {
    const content = topicContent(ITEMS, 1);
    const run = async () => {
      const model = miniMM(OPTIONS, Rng.key(1));
      const before = tf.memory().numTensors;
      const history = await pretrainMiniMm(model, content, TRAINING);
      expect(tf.memory().numTensors).toBe(before);
      return { model, history };
    };
    const { model, history } = await run();
    expect(history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 15 }, (_, k) => k + 1));
    const [first, last] = [history[0], history[14]];
    // Of 20 words at first, of the 5 of the topic at last; the noise of the patches has a variance of 0.2² / 12.
    expect(first.text).toBeGreaterThan(2.5);
    expect(last.text).toBeLessThan(Math.log(5) + 0.25);
    expect(last.image).toBeLessThan(0.3 * first.image);
    const [fresh, trained] = [miniMM(OPTIONS, Rng.key(1)), model].map(varianceOfTopics);
    expect(fresh).toBeLessThan(0.6);
    expect(trained).toBeGreaterThan(0.9);
    const again = await run();
    expect(again.history).toEqual(history);
    expect(valuesOf(again.model.weights)).toEqual(valuesOf(model.weights));
  });

  test("trains on the items asked for, stops at a signal, and reports every epoch", async () => {
    const content = topicContent(30, 1);
    const stop = new AbortController();
    const reported: number[] = [];
    const history = await pretrainMiniMm(miniMM(OPTIONS, Rng.key(1)), content, {
      ...TRAINING,
      items: Int32Array.of(3, 1, 2),
      batchSize: 2,
      signal: stop.signal,
      onEpoch: ({ epoch }) => {
        reported.push(epoch);
        if (epoch === 2) stop.abort();
      },
    });
    expect(reported).toEqual([1, 2]);
    expect(history).toHaveLength(2);
  });

  test("names the epoch whose loss is not finite", async () => {
    const model = miniMM(OPTIONS, Rng.key(1));
    model.weights.codeTokens.assign(tf.fill(model.weights.codeTokens.shape, Number.NaN));
    await expect(pretrainMiniMm(model, topicContent(10, 1), TRAINING)).rejects.toThrow(
      "the loss of epoch 1 is not finite",
    );
  });
});

describe("the autoencoder's loss", () => {
  const scene = () => {
    const model = miniMM({ ...OPTIONS, dimensions: 4, inner: 6 }, Rng.key(1));
    const heads = autoencoderHeads(model, Rng.key(2));
    spread([model.weights, heads.text.weights, heads.image.weights, heads.patch], 0.4);
    return { model, heads, all: topicContent(5, 1) };
  };

  test("rows of weight 0 do not count, nor do the images of items that have none", () => {
    const { model, heads, all } = scene();
    const of = (rows: number[], content = all) => autoencoderLoss(model, heads, content, tf.tensor1d(rows));
    const [some, more] = [of([1, 1, 0, 0, 0]), of([1, 1, 0, 0, 1])];
    // The fifth item has no image.
    assertClose(more.image, some.image);
    expect(Math.abs(more.text.sub(some.text).dataSync()[0])).toBeGreaterThan(1e-4);
    const other = changed(all, {
      text: all.text.arraySync().map((row, item) => (item < 2 ? row : row.map(() => 2))),
    });
    assertClose(of([1, 1, 0, 0, 0], other).loss, some.loss);
    assertClose(some.text.add(some.image), some.loss);
  });

  test("is finite where no item has an image, or no row counts", () => {
    const { model, heads, all } = scene();
    const blind = changed(all, { hasImage: [0, 0, 0, 0, 0] });
    expect(autoencoderLoss(model, heads, blind, tf.ones([5])).image.dataSync()[0]).toBe(0);
    expect(autoencoderLoss(model, heads, all, tf.zeros([5])).loss.dataSync()[0]).toBe(0);
  });

  test("gradients, of the model and of the heads, dropout on", () => {
    const { model, heads, all } = scene();
    checkParameterGradients(
      [model.weights, heads.text.weights, heads.image.weights, heads.patch],
      () => autoencoderLoss(model, heads, all, tf.ones([5]), keyStream(Rng.key(3))).loss,
    );
  });
});
