import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyDense } from "../../../nn/dense";
import { compile, gather, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { assertClose, finiteDifferences, sampleTensor } from "../../../tensor/testing";
import { flattenTree } from "../../../tensor/tree";
import { codebookOf } from "./codes/factorisedBook";
import { prefixDifferences, prefixSums } from "./codes/prefixResidual";
import { quantizeTree } from "./codes/treeCodes";
import { type ItemContent, selectContent } from "./content";
import { decodingTerms } from "./decodingLoss";
import { changed, spread, topicContent } from "./encoder/encoderTesting";
import { encodeContent } from "./encoder/miniMM";
import { tokenizerWeights, type UtgTokenizer } from "./tokenizer";
import {
  alignmentLoss,
  LOSS_WEIGHTS,
  type LossWeights,
  type PairBatch,
  quantizeVectors,
  type TokenizerTerms,
  tokenizerLoss,
} from "./tokenizerLoss";
import { smallTokenizer } from "./tokenizerTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const rowsOf = (content: ItemContent, ...rows: number[]) =>
  selectContent(content, tf.tensor1d(rows, "int32"));

function batch(): PairBatch {
  const content = topicContent(8, 3);
  const ids = [4, 5, 6, 7];
  return {
    items: rowsOf(content, 0, 1, 2, 3),
    partners: rowsOf(content, ...ids),
    partnerIds: tf.tensor1d(ids, "int32"),
  };
}

const numbers = (terms: TokenizerTerms) =>
  Object.fromEntries(Object.entries(terms).map(([term, value]) => [term, value.dataSync()[0]])) as Record<
    keyof TokenizerTerms,
    number
  >;

/** Weights as in the middle of a training. */
function trained(seed: number, options?: Parameters<typeof smallTokenizer>[1]): UtgTokenizer {
  const tokenizer = smallTokenizer(seed, options);
  spread(tokenizerWeights(tokenizer), 0.4);
  return tokenizer;
}

describe("alignment", () => {
  const position = (...values: number[][]) => tf.tensor2d(values);
  const a = () => position([1, 0], [0, 1]);
  const b = () => position([0.6, 0.8], [0, 1]);
  const ids = () => tf.tensor1d([3, 5], "int32");

  test("logits [[6, 0], [8, 10]] at every position: 0.0647018", () => {
    const both = (x: tf.Tensor2D) => tf.stack([x, x, x], 1) as tf.Tensor3D;
    assertClose(alignmentLoss(both(a()), both(b()), ids()), 0.0647018, { absolute: 2e-6 });
  });

  test("is the mean over the positions; equal partners are no negatives; a vector of zeros is no NaN", () => {
    const h = tf.stack([a(), tf.zeros([2, 2])], 1) as tf.Tensor3D;
    const partners = tf.stack([b(), b()], 1) as tf.Tensor3D;
    assertClose(alignmentLoss(h, partners, ids()), (0.0647018 + Math.log(2)) / 2, { absolute: 2e-6 });
    assertClose(alignmentLoss(h, partners, tf.tensor1d([5, 5], "int32")), 0, { absolute: 1e-6 });
    const gradient = tf.grad((x) => alignmentLoss(x as tf.Tensor3D, partners, ids()))(h);
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe("the loss", () => {
  const loss = (tokenizer: UtgTokenizer, pairs: PairBatch, more: object = {}) =>
    tokenizerLoss(tokenizer, pairs, { weights: LOSS_WEIGHTS, ...more }, Rng.key(5));

  test("is L_t + 5 L_v + 0.03 (L_t⁺ + 5 L_v⁺) + 200 L_code + 0.01 L_align", () => {
    const result = loss(trained(1), batch());
    const { text, image, partnerText, partnerImage, code, alignment } = numbers(result.terms);
    for (const term of [text, image, partnerText, partnerImage, code, alignment])
      expect(term).toBeGreaterThan(0);
    const expected =
      text + 5 * image + 0.03 * (partnerText + 5 * partnerImage) + 200 * code + 0.01 * alignment;
    assertClose(result.loss, expected, { relative: 1e-5 });
    expect([result.codes.shape, result.codes.dtype]).toEqual([[4, 3], "int32"]);
  });

  test("items and partners in one batch give what they give alone", () => {
    const [tokenizer, pairs] = [trained(1), batch()];
    const { terms, codes } = loss(tokenizer, pairs);
    const vectors = (content: ItemContent) =>
      applyAdapterOf(tokenizer, encodeContent(tokenizer.encoder, content));
    const [h, partners] = [vectors(pairs.items), vectors(pairs.partners)];
    assertClose(terms.alignment, alignmentLoss(h, partners, pairs.partnerIds), { relative: 1e-4 });
    const direct = quantizeVectors(tokenizer, h);
    expect([...codes.dataSync()]).toEqual([...direct.codes.dataSync()]);
    assertClose(terms.code, direct.loss, { relative: 1e-4 });
  });

  test("μ = 0 leaves partners unread, η = 0 untold", () => {
    const [tokenizer, pairs] = [trained(1), batch()];
    const other = { ...pairs, partners: rowsOf(topicContent(8, 9), 0, 1, 2, 3) };
    const without = (weights: Partial<LossWeights>, of: PairBatch) =>
      numbers(loss(tokenizer, of, { weights: { ...LOSS_WEIGHTS, ...weights } }).terms);
    expect(without({ alignment: 0 }, pairs).alignment).toBe(0);
    expect(without({ partner: 0 }, pairs)).toMatchObject({ partnerText: 0, partnerImage: 0 });
    const neither = { alignment: 0, partner: 0 };
    expect(without(neither, other)).toEqual(without(neither, pairs));
    const skipping = { weights: { ...LOSS_WEIGHTS, ...neither } };
    const { grads } = tf.variableGrads(() => loss(tokenizer, pairs, skipping).loss);
    expect(Object.keys(grads)).toHaveLength(flattenTree(tokenizerWeights(tokenizer)).length);
    expect(without({}, other).partnerText).not.toBe(without({}, pairs).partnerText);
  });

  test("an item without an image adds nothing to the image loss; where none has one, all is finite", () => {
    const [tokenizer, pairs] = [trained(1), batch()];
    const blind = (hasImage: number[], image?: tf.Tensor3D) => ({
      ...pairs,
      items: changed(pairs.items, { hasImage, image }),
      partners: changed(pairs.partners, { hasImage }),
    });
    const noise = sampleTensor<tf.Tensor3D>(pairs.items.image.shape, 8);
    const first = tf.tensor3d([1, 0, 0, 0], [4, 1, 1]);
    const elsewhere = pairs.items.image.mul(tf.sub(1, first)).add<tf.Tensor3D>(noise.mul(first));
    const image = (of: PairBatch) => numbers(loss(tokenizer, of).terms).image;
    expect(image(blind([0, 1, 1, 1], elsewhere))).toBe(image(blind([0, 1, 1, 1])));
    expect(image(blind([1, 1, 1, 1], elsewhere))).not.toBe(image(blind([1, 1, 1, 1])));
    const none = blind([0, 0, 0, 0]);
    expect(numbers(loss(tokenizer, none).terms)).toMatchObject({ image: 0, partnerImage: 0 });
    const { value, grads } = tf.variableGrads(() => loss(tokenizer, none).loss);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    for (const gradient of Object.values(grads))
      expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("in the warm-up decoders read h' itself: no code loss, and no gradient reaches the books", () => {
    const [tokenizer, pairs] = [trained(1), batch()];
    const reached = (bypass: boolean) => {
      const { grads } = tf.variableGrads(() => loss(tokenizer, pairs, { bypass }).loss);
      return flattenTree<object>(tokenizer.books).map(([, leaf]) => (leaf as tf.Variable).name in grads);
    };
    expect(reached(true)).toEqual([false, false, false, false]);
    expect(reached(false)).toEqual([true, true, true, true]);
    const [warm, normal] = [true, false].map((bypass) => loss(tokenizer, pairs, { bypass }));
    expect(numbers(warm.terms)).toMatchObject({ code: 0, alignment: numbers(normal.terms).alignment });
    expect([...warm.codes.dataSync()]).toEqual([...normal.codes.dataSync()]);
    const h = applyAdapterOf(tokenizer, encodeContent(tokenizer.encoder, pairs.items));
    const [, decodingKey] = Rng.split(Rng.key(5), 2);
    const told = decodingTerms(tokenizer, h, [pairs.items, pairs.partners], {}, decodingKey);
    assertClose(warm.terms.text, told.text[0], { relative: 1e-4 });
    assertClose(warm.terms.image, told.image[0], { relative: 1e-4 });
    expect(numbers(warm.terms).text).not.toBe(numbers(normal.terms).text);
  });
});

/** h' in evaluation, written out. */
function applyAdapterOf({ adapter }: UtgTokenizer, H: tf.Tensor): tf.Tensor3D {
  const { expand, contract } = adapter.weights;
  const inner = applyDense(expand, H);
  return applyDense(contract, inner.mul(tf.sigmoid(inner))) as tf.Tensor3D;
}

/**
 * The loss with everything that is cut from the gradient frozen at its first value: the codes chosen, sg[x], sg[C_c], and the offset C_c - x of the
 * straight-through estimator. Its ordinary derivative is what the estimator calls the gradient.
 */
function frozenLoss(tokenizer: UtgTokenizer, { items, partners }: PairBatch, key: tf.Tensor1D) {
  const { books, codes: layout } = tokenizer;
  const H = encodeContent(tokenizer.encoder, items);
  const x0 = prefixDifferences(applyAdapterOf(tokenizer, H));
  const { codes, quantized } = quantizeTree(books, x0, layout);
  const offset = quantized.sub(x0);
  const [, decodingKey] = Rng.split(key, 2);
  const mse = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).square().mean();
  const part = (of: tf.Tensor, book: number) => of.slice([0, book], [-1, book === 0 ? 1 : 2]);
  return () => {
    const x = prefixDifferences(applyAdapterOf(tokenizer, H));
    const vectors = prefixSums(x.add<tf.Tensor3D>(offset));
    const contents = [items, partners];
    const { text, image } = decodingTerms(tokenizer, vectors, contents, {}, decodingKey);
    const ofBooks = books.map((book, k) => {
      const chosen = gather(codebookOf(book), part(codes, k).toInt());
      return mse(chosen, part(x0, k)).add(mse(part(x, k), part(quantized, k)).mul(0.25));
    });
    const code = ofBooks[0].add(ofBooks[1]).div(2);
    const told = text.map((ofText, k) => ofText.add(image[k].mul(5)));
    return told[0].add(told[1].mul(0.03)).add(code.mul(200)) as tf.Scalar;
  };
}

test("gradients of adapter, books and conditioning against finite differences, the codes held", () => {
  const [tokenizer, pairs, key] = [trained(2, { dimensions: 4 }), batch(), Rng.key(5)];
  const weights = { ...LOSS_WEIGHTS, alignment: 0 };
  const loss = () => tokenizerLoss(tokenizer, pairs, { weights }, key).loss;
  const frozen = compile(frozenLoss(tokenizer, pairs, key), { xla: false });
  assertClose(loss(), frozen(), { relative: 1e-5 });
  const { grads } = tf.variableGrads(loss);
  const { adapter, books, conditioning } = tokenizerWeights(tokenizer);
  for (const [path, leaf] of flattenTree<object>({ adapter, books, conditioning })) {
    const variable = leaf as tf.Variable;
    const values = [...variable.dataSync()];
    const set = (to: readonly number[]) => tf.tidy(() => variable.assign(tf.tensor([...to], variable.shape)));
    const numeric = finiteDifferences(
      (moved) => {
        set(moved);
        return tf.tidy(() => frozen().dataSync()[0]);
      },
      values,
      0.01,
    );
    set(values);
    assertClose(
      grads[variable.name],
      tf.tensor(numeric, variable.shape),
      { relative: 1e-2, absolute: 2e-2 },
      path,
    );
  }
  frozen.dispose();
});
