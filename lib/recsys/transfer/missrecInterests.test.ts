import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyDense, dense } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { contentTensors } from "./domains";
import { findInterests, historyInterests, interestVectors, type MultimodalContent } from "./missrecInterests";
import { cycleDomain, TYPES } from "./transferTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const adaptors = () => ({
  text: dense(
    { inputs: TYPES + 2, outputs: 5, biasInit: (_, shape) => tf.fill([...shape], 0.3) },
    Rng.key(1),
  ),
  image: dense({ inputs: TYPES + 1, outputs: 5 }, Rng.key(2)),
});
const content = () =>
  contentTensors(cycleDomain({ seed: 2, items: 30, users: 4, events: 5 })) as MultimodalContent;

describe("the clusters of texts and pictures", () => {
  test("every text and every picture is in one, padding and missing pictures in none", () => {
    const { hasImage, ...rest } = content();
    const { ofItem, textCounts, imageCounts } = findInterests({ ...rest, hasImage }, adaptors(), {
      ratio: 0.2,
      seed: 1,
    });
    const flags = hasImage.dataSync();
    const pictures = [...flags].filter((flag) => flag > 0).length;
    expect(pictures).toBeLessThan(30);
    const K = Math.ceil((30 + pictures) * 0.2);
    expect(textCounts.shape).toEqual([K, 1]);
    expect(textCounts.sum().dataSync()[0]).toBe(30);
    expect(imageCounts.sum().dataSync()[0]).toBe(pictures);
    ofItem.arraySync().forEach(([text, image], item) => {
      expect(text > 0 && text <= K).toBe(item > 0);
      expect(image > 0 && image <= K).toBe(flags[item] > 0);
    });
  });

  test("their vectors are the means of their members under the adaptors of the moment", () => {
    const [all, layers] = [content(), adaptors()];
    const interests = findInterests(all, layers, { ratio: 0.2, seed: 1 });
    layers.image.weight.assign(layers.image.weight.mul(1.5)); // the members stay, the vectors move
    const texts = applyDense(layers.text, all.text).arraySync() as number[][];
    const images = applyDense(layers.image, all.image).arraySync() as number[][];
    const vectors = interestVectors(interests, layers).arraySync();
    const table = interests.ofItem.arraySync();
    for (let k = 1; k < vectors.length; k++) {
      const members = table.flatMap(([text, image], item) => [
        ...(text === k ? [texts[item]] : []),
        ...(image === k ? [images[item]] : []),
      ]);
      const mean = [0, 1, 2, 3, 4].map(
        (c) => members.reduce((sum, member) => sum + member[c], 0) / members.length,
      );
      assertClose(tf.tensor1d(vectors[k]), mean, { absolute: 1e-5 });
    }
    expect(vectors[0]).toEqual([0, 0, 0, 0, 0]);
  });

  test("every vector is in the cluster whose mean is nearest", () => {
    const [all, layers] = [content(), adaptors()];
    const interests = findInterests(all, layers, { ratio: 0.2, seed: 1 });
    const vectors = interestVectors(interests, layers).arraySync().slice(1);
    const texts = applyDense(layers.text, all.text).arraySync() as number[][];
    const distance = (x: number[], y: number[]) => x.reduce((sum, value, c) => sum + (value - y[c]) ** 2, 0);
    interests.ofItem.arraySync().forEach(([own], item) => {
      if (item === 0) return;
      const distances = vectors.map((vector) => distance(texts[item], vector));
      expect(distances[own - 1]).toBeLessThan(Math.min(...distances) + 1e-4);
    });
  });

  test("a seed repeats, at least two clusters are made, and no gradient reaches the adaptors", () => {
    const layers = adaptors();
    const find = (seed: number, ratio = 0.2) => findInterests(content(), layers, { ratio, seed }).ofItem;
    expect(find(1).arraySync()).toEqual(find(1).arraySync());
    expect(find(1).arraySync()).not.toEqual(find(2).arraySync());
    expect(find(1, 1e-6).max().dataSync()[0]).toBe(2);
    const interests = findInterests(content(), layers, { ratio: 0.2, seed: 1 });
    const { grads } = tf.variableGrads(() => {
      const x = applyDense(layers.text, content().text).mean();
      return x.add(interestVectors(interests, layers).sum()) as tf.Scalar;
    });
    expect(grads[(layers.image.weight as tf.Variable).name]).toBeUndefined();
  });
});

test("the interests of a history: each once, at its first place", () => {
  const ofItem = tf.tensor2d([0, 0, 2, 3, 0, 0, 1, 2, 2, 0, 3, 3], [6, 2], "int32");
  const items = tf.tensor2d([3, 1, 5, 4, 4, 0], [2, 3], "int32");
  const { ids, distinct } = historyInterests(items, { ofItem });
  expect(ids.arraySync()).toEqual([
    [1, 2, 2, 3, 3, 3],
    [2, 0, 2, 0, 0, 0],
  ]);
  expect(distinct.arraySync()).toEqual([
    [1, 1, 0, 1, 0, 0],
    [1, 0, 0, 0, 0, 0],
  ]);
});
