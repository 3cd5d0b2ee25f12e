import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { assertClose, finiteDifferences, sampleTensor } from "../../../tensor/testing";
import { collisionRate, usedCodes } from "../codeStatistics";
import { encodeItems, rqVae, rqVaeLoss } from "../rqVae";
import { startCodebooks } from "../rqVaeTraining";
import { syntheticCatalogue } from "../syntheticCatalogue";
import { clusterMates, pickMates } from "./clusterMates";
import { letterLoss, trainLetter } from "./letter";
import { collaborativeLoss, diversityLoss } from "./letterTerms";
import { trainTiger } from "./tiger";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ints = (values: readonly number[]) => tf.tensor1d([...values], "int32");
const content = () => tf.tensor2d(syntheticCatalogue().content, [300, 32]);
const SIZES = { hidden: [32], dimensions: 8, levels: 3, codes: 16 };
const OPTIONS = { ...SIZES, epochs: 4, batchSize: 100, learningRate: 1e-3, seed: 1 };

function checkGradient(f: (x: tf.Tensor2D) => tf.Scalar, x: tf.Tensor2D): void {
  const numeric = finiteDifferences(
    (values) => tf.tidy(() => f(tf.tensor2d([...values], x.shape)).dataSync()[0]),
    [...x.dataSync()],
    0.01,
  );
  const analytic = tf.grad((y) => f(y as tf.Tensor2D))(x);
  assertClose(analytic, tf.tensor(numeric, x.shape), { relative: 5e-3, absolute: 1e-3 });
}

describe("LETTER's terms", () => {
  const r = () =>
    tf.tensor2d([
      [1, 0],
      [0, 2],
    ]);
  const CF = () =>
    tf.tensor2d([
      [1, 1],
      [0, 1],
    ]);

  test("collaborative: worked by hand, and its gradient", () => {
    // logits (1, 0) and (2, 2): ln(e + 1) - 1 and ln 2
    assertClose(collaborativeLoss(r(), CF()), (Math.log(Math.E + 1) - 1 + Math.log(2)) / 2);
    checkGradient((x) => collaborativeLoss(x, sampleTensor([5, 3], 2)), sampleTensor([5, 3], 1));
  });

  const book = () =>
    tf.tensor2d([
      [1, 0],
      [0, 1],
      [2, 1],
    ]);

  test("diversity: worked by hand without the own code, and its gradients", () => {
    // code 0, positive 2: logits of 1 and 2 are 0 and 2; code 1, positive 0: logits of 0 and 2 are 0 and 1
    const codes = ints([0, 1]);
    const expected = (Math.log(1 + Math.exp(2)) - 2 + Math.log(1 + Math.E)) / 2;
    assertClose(diversityLoss(tf.gather(book(), codes), book(), codes, ints([2, 0])), expected);
    const [c, p] = [ints([0, 3, 1, 3]), ints([2, 1, 0, 2])];
    const E = sampleTensor<tf.Tensor2D>([4, 3], 3);
    checkGradient((x) => diversityLoss(tf.gather(x, c), x, c, p), E);
  });

  test("positives are others of the own cluster, all of them in time", () => {
    const codebook = tf.tensor2d([0, 5, 0.1, 5.1, 0.2, 5.2, 5.3], [7, 1]);
    const mates = clusterMates(codebook, { clusters: 2, seed: 1 });
    const seen = new Map<number, Set<number>>();
    for (const draw of [0, 0.3, 0.4, 0.6, 0.7, 0.99999994]) {
      const picked = pickMates(tf.range(0, 7, 1, "int32"), mates, tf.fill([7], draw)).dataSync();
      picked.forEach((mate, code) => {
        seen.set(code, (seen.get(code) ?? new Set()).add(mate));
      });
    }
    const sorted = [...seen.values()].map((set) => [...set].sort((a, b) => a - b));
    expect(sorted).toEqual([
      [2, 4],
      [3, 5, 6],
      [0, 4],
      [1, 5, 6],
      [0, 2],
      [1, 3, 6],
      [1, 3, 5],
    ]);
    expect(() => clusterMates(codebook, { clusters: 4, seed: 1 })).toThrow("at most 3 clusters");
  });

  test("are added with their weights, the diversity as a mean over the levels", () => {
    const model = rqVae({ ...SIZES, inputs: 32, codebooks: "gradient" }, Rng.key(4));
    startCodebooks(model, content(), 1);
    const rows = ints([3, 50, 120, 299]);
    const z = tf.gather<tf.Tensor2D>(content(), rows);
    const collaborative = sampleTensor<tf.Tensor2D>([300, 8], 6);
    const { quantized } = rqVaeLoss(model.weights, z, model.options);
    const added = (collaborativeWeight: number, diversityWeight: number) => {
      const terms = { collaborative, collaborativeWeight, diversityWeight, clusters: 4 };
      const { loss, epochTensors } = letterLoss(terms, 2);
      return loss({ model, quantized, rows, tensors: epochTensors!(model, 1) }).dataSync()[0];
    };
    const own = collaborativeLoss(quantized.quantized, tf.gather(collaborative, rows)).dataSync()[0];
    expect(added(0.5, 0)).toBeCloseTo(own / 2, 5);
    // 15 other codes, all alike for short vectors: ln 15 a level, and not three times that
    expect(added(0, 1)).toBeGreaterThan(0.5 * Math.log(15));
    expect(added(0, 1)).toBeLessThan(1.5 * Math.log(15));
    expect(added(0.5, 2)).toBeCloseTo(added(0.5, 0) + 2 * added(0, 1), 4);
  });
});

test("LETTER trains, spreads its items over the last level, frees what it made, and a seed repeats", async () => {
  const [z, collaborative] = [content(), sampleTensor<tf.Tensor2D>([300, 8], 6)];
  const before = tf.memory().numTensors;
  const run = () => trainLetter(z, { ...OPTIONS, levels: 4, collaborative, clusters: 4, epochs: 10 });
  const first = await run();
  expect(tf.memory().numTensors).toBe(before);
  expect(first.codewords).toHaveLength(4 * 16 * 8);
  expect(first.history[9].reconstruction).toBeLessThan(0.95 * first.history[0].reconstruction);
  const { codes } = first.snapshots[0];
  expect(codes.levels).toBe(4);
  expect(usedCodes(codes)[3]).toBe(16);
  expect(collisionRate(codes)).toBeLessThan(0.8 * first.history[9].collisionRate);
  expect(await run()).toEqual(first);
  const wrong = trainLetter(z, { ...OPTIONS, collaborative: collaborative.slice([0, 0], [300, 7]) });
  await expect(wrong).rejects.toThrow("[300,7], not [300,8]");
});

test("TIGER starts from the first batch alone, and needs as many items in it as codes", async () => {
  // Nothing moves at a rate of almost 0: the codes are those of the start.
  const still = { ...OPTIONS, learningRate: 1e-12, epochs: 1 };
  const { codewords } = await trainTiger(content(), { ...still, batchSize: 16 });
  const { snapshots } = await trainTiger(content(), { ...still, batchSize: 16 });
  const model = rqVae({ ...SIZES, inputs: 32, codebooks: "gradient" }, Rng.key(1));
  model.weights.codebooks.forEach((book, level) => {
    book.assign(tf.tensor2d(codewords.slice(level * 128, (level + 1) * 128), [16, 8]));
  });
  expect(encodeItems(model, content()).codes).toEqual(snapshots[0].codes);
  // 16 items of the first batch are 16 centres: what level 1 leaves of them is nothing.
  const left = encodeItems(model, content()).lastResiduals.square().sum(1).dataSync();
  expect([...left].filter((length) => length < 1e-9)).toHaveLength(16);
  await expect(trainTiger(content(), { ...still, batchSize: 10 })).rejects.toThrow(
    "16 clusters of 10 points",
  );
});
