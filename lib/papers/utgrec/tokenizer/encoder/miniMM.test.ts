import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../../../nn";
import { adamW } from "../../../../optim";
import { checkParameterGradients } from "../../../../recsys/models/testing";
import { compile, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { assertClose, sampleTensor } from "../../../../tensor/testing";
import { countParameters, flattenTree } from "../../../../tensor/tree";
import { type ItemContent, joinContent, selectContent } from "../content";
import { changed, spread, TOPIC_SIZES, TOPIC_VOCABULARY, topicContent, valuesOf } from "./encoderTesting";
import { encodeContent, type MiniMm, mergedMiniMm, miniMM, trainedMiniMm, withLora } from "./miniMM";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = { ...TOPIC_SIZES, vocabulary: TOPIC_VOCABULARY, dimensions: 8, inner: 12, heads: 2 };
const make = (options = {}) => miniMM({ ...OPTIONS, ...options }, Rng.key(1));

/** A model whose low-rank changes are no longer 0. */
function trainedLora(): MiniMm {
  const model = withLora(make(), { rank: 2 }, Rng.key(2));
  spread(model.weights.lora as object, 0.2);
  return model;
}

/** How far each of the L vectors is moved. */
function moves(model: MiniMm<tf.Tensor>, a: ItemContent, b: ItemContent): number[] {
  const difference = encodeContent(model, a).sub(encodeContent(model, b));
  return Array.from(difference.abs().max([0, 2]).dataSync());
}

describe("the encoder", () => {
  test("gives one vector a code, whatever the number of items; rows do not meet", () => {
    const [model, all] = [make(), topicContent(7, 1)];
    const H = encodeContent(model, all);
    expect(H.shape).toEqual([7, 3, 8]);
    const order = tf.tensor1d([4, 2], "int32");
    const some = encodeContent(model, selectContent(all, order));
    assertClose(some, tf.gather(H, order), { absolute: 1e-5 });
    const both = encodeContent(model, joinContent(all, selectContent(all, order)));
    assertClose(both, tf.concat([H, some]), { absolute: 1e-5 });
  });

  test("code l sees the codes before it and not those behind it", () => {
    const [model, all] = [make(), topicContent(4, 1)];
    const before = encodeContent(model, all);
    for (let moved = 0; moved < 3; moved++) {
      const start = model.weights.codeTokens.clone();
      const one = tf.oneHot(tf.tensor1d([moved], "int32"), 3).transpose(); // [L, 1]
      model.weights.codeTokens.assign(start.add(one.mul(sampleTensor([1, 8], 5))));
      const difference = encodeContent(model, all).sub(before).abs().max([0, 2]).dataSync();
      difference.forEach((move, level) => {
        if (level < moved) expect(move).toBe(0);
        else expect(move).toBeGreaterThan(1e-3);
      });
      model.weights.codeTokens.assign(start);
    }
  });

  test("every code sees every word and every patch, the first as well as the last", () => {
    const model = make();
    const all = selectContent(topicContent(4, 1), tf.tensor1d([0], "int32"));
    const words = all.text.arraySync()[0];
    words.forEach((word, place) => {
      const text = [words.map((same, at) => (at === place ? 2 + ((word - 1) % 18) : same))];
      for (const move of moves(model, all, changed(all, { text }))) expect(move).toBeGreaterThan(1e-4);
    });
    const { patches, channels } = TOPIC_SIZES;
    for (let patch = 0; patch < patches; patch++) {
      const only = tf.oneHot(tf.tensor1d([patch], "int32"), patches).reshape([1, patches, 1]);
      const image = all.image.add<tf.Tensor3D>(only.mul(sampleTensor([1, 1, channels], 6)));
      for (const move of moves(model, all, changed(all, { image }))) expect(move).toBeGreaterThan(1e-4);
    }
  });

  test("the place of a word matters", () => {
    const model = make();
    const all = selectContent(topicContent(4, 1), tf.tensor1d([0], "int32"));
    const words = all.text.arraySync()[0];
    const turned = changed(all, { text: [[...words.slice(1), words[0]]] });
    for (const move of moves(model, all, turned)) expect(move).toBeGreaterThan(1e-4);
  });

  test("padding words are hidden: what stands in the table for them changes nothing", () => {
    const [model, all] = [make(), topicContent(6, 1)];
    const before = encodeContent(model, all);
    const { table } = model.weights.words;
    const padding = tf.oneHot(tf.tensor1d([0], "int32"), TOPIC_VOCABULARY).transpose();
    table.assign(table.add(padding.mul(10)));
    expect(encodeContent(model, all).dataSync()).toEqual(before.dataSync());
    // Nor does a gradient reach it by the look-up.
    const { grads } = tf.variableGrads(
      () =>
        encodeContent(model, all)
          .square()
          .mul(sampleTensor([6, 3, 8]))
          .sum(),
      [table],
    );
    const ofRow = (id: number) => grads[table.name].slice([id, 0], [1, 8]).abs().max().dataSync()[0];
    expect(ofRow(0)).toBe(0);
    expect(ofRow(all.text.dataSync()[0])).toBeGreaterThan(0);
  });

  test("an item without an image: nothing of its patches can be seen, and the codes differ from those of a blank image", () => {
    const model = make();
    const all = selectContent(topicContent(5, 1), tf.tensor1d([4], "int32"));
    expect(all.hasImage.dataSync()[0]).toBe(0);
    const other = changed(all, { image: sampleTensor<tf.Tensor3D>(all.image.shape, 9) });
    expect(moves(model, all, other)).toEqual([0, 0, 0]);
    const blank = changed(all, { hasImage: [1] });
    for (const move of moves(model, all, blank)) expect(move).toBeGreaterThan(1e-4);
  });

  test("an item of which nothing is known has finite vectors", () => {
    const model = make();
    const all = topicContent(1, 1);
    const empty = changed(all, { text: [[0, 0, 0, 0, 0, 0]], hasImage: [0] });
    expect(tf.isFinite(encodeContent(model, empty)).all().dataSync()[0]).toBe(1);
  });

  test("dropout is for training, and a key repeats it, compiled or not", () => {
    const [model, all] = [trainedLora(), topicContent(5, 1)];
    const run = (seed: number) => encodeContent(model, all, keyStream(Rng.key(seed)));
    expect(run(3).dataSync()).toEqual(run(3).dataSync());
    expect(run(3).sub(run(4)).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
    const compiled = compile((content: ItemContent, key: tf.Tensor1D) =>
      encodeContent(model, content, keyStream(key)),
    );
    assertClose(compiled(all, Rng.key(3)), run(3), { absolute: 1e-5 });
    compiled.dispose();
  });

  test.each([1, 2])("gradients against finite differences, %d layers", (layers) => {
    const tiny = {
      textLength: 2,
      patches: 2,
      channels: 2,
      vocabulary: 4,
      dimensions: 4,
      inner: 3,
      heads: 2,
    };
    const model = withLora(
      miniMM({ ...tiny, levels: 2, layers }, Rng.key(1)),
      { rank: 1, alpha: 1 },
      Rng.key(2),
    );
    spread(model.weights);
    const content: ItemContent = {
      text: tf.tensor2d(
        [
          [2, 3],
          [3, 0],
          [1, 2],
        ],
        [3, 2],
        "int32",
      ),
      image: sampleTensor([3, 2, 2], 4),
      hasImage: tf.tensor1d([1, 1, 0]),
    };
    const weights = sampleTensor([3, 2, 4], 5);
    checkParameterGradients(
      trainedMiniMm(model, "all"),
      () =>
        encodeContent(model, content, keyStream(Rng.key(6)))
          .mul(weights)
          .sum() as tf.Scalar,
    );
  });

  test("refuses content of other sizes, with both", () => {
    const wide = topicContent(2, 1);
    expect(() => encodeContent(make({ patches: 5 }), wide)).toThrow(
      "reads text [2,6], image [2,5,3], hasImage [2]; got text [2,6], image [2,4,3], hasImage [2]",
    );
    expect(() => make({ layers: 0 })).toThrow("at least one layer, got 0");
  });
});

describe("what is trained", () => {
  const step = (model: MiniMm, phase: "pretraining" | "tokenizer" | "all") => {
    const all = topicContent(5, 1);
    const optimizer = adamW(trainedMiniMm(model, phase) as object as Parameters<typeof adamW>[0], {
      learningRate: 0.01,
      weightDecay: 0.1,
    });
    const before = valuesOf(model.weights);
    for (let k = 0; k < 2; k++)
      optimizer.step(
        () =>
          encodeContent(model, all, keyStream(Rng.key(k)))
            .mul(sampleTensor([5, 3, 8]))
            .sum() as tf.Scalar,
      );
    optimizer.dispose();
    const after = valuesOf(model.weights);
    const isMoved = (path: string) => after[path].some((value, k) => value !== before[path][k]);
    return Object.keys(before).filter(isMoved);
  };

  test("pre-training: everything; it knows no low-rank changes", () => {
    const model = make();
    expect(step(model, "pretraining")).toEqual(flattenTree(model.weights).map(([path]) => path));
  });

  test("the tokenizer: low-rank changes and embeddings; W is frozen to the bit", () => {
    const model = withLora(make(), {}, Rng.key(2));
    const moved = step(model, "tokenizer");
    const expected = flattenTree(model.weights)
      .map(([path]) => path)
      .filter((path) => /^(words|codeTokens|positions|lora)/.test(path));
    expect(moved.sort()).toEqual(expected.sort());
    // Seven matrices a block, A and B each.
    expect(moved.filter((path) => path.startsWith("lora"))).toHaveLength(2 * 7 * 2);
  });

  test("all: everything, low-rank changes included", () => {
    const model = trainedLora();
    expect(step(model, "all").sort()).toEqual(
      flattenTree(model.weights)
        .map(([path]) => path)
        .sort(),
    );
    expect(() => trainedMiniMm(make(), "tokenizer")).toThrow("make them by withLora first");
  });
});

describe("low-rank changes", () => {
  test("do nothing at the start, and share the model's variables", () => {
    const [plain, all] = [make(), topicContent(5, 1)];
    const model = withLora(plain, {}, Rng.key(2));
    assertClose(encodeContent(model, all), encodeContent(plain, all), { absolute: 0, relative: 0 });
    expect(model.weights.blocks).toBe(plain.weights.blocks);
    // r (inputs + outputs) a matrix
    expect(countParameters(model.weights.lora as object)).toBe(2 * 8 * (4 * (8 + 8) + 3 * (8 + 12)));
  });

  test("merged, the model gives the same vectors without them", () => {
    const [model, all] = [trainedLora(), topicContent(5, 1)];
    const merged = mergedMiniMm(model);
    expect(merged.weights.lora).toBeUndefined();
    assertClose(encodeContent(merged, all), encodeContent(model, all), { absolute: 1e-5 });
    const change = encodeContent(merged, all).sub(encodeContent(make(), all)).abs().max().dataSync()[0];
    expect(change).toBeGreaterThan(0.01);
    const plain = make();
    expect(mergedMiniMm(plain).weights).toBe(plain.weights);
  });
});
