import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { unitRows } from "../../../recsys/contrastive";
import { collisionRate } from "../../../recsys/generative/codeStatistics";
import { tf } from "../../../tensor";
import { codesAt, mutualInformation } from "./codes/codeStatistics";
import { selectContent } from "./content";
import type { ContentUnion } from "./contentUnion";
import { exportCodes } from "./exportCodes";
import { codeCrossEntropy } from "./reconstruction";
import type { UtgTokenizer } from "./tokenizer";
import { itemVectors } from "./tokenizerLoss";
import { smallTokenizer, topicUnion } from "./tokenizerTesting";
import { type TokenizerTrainingOptions, trainTokenizer } from "./tokenizerTraining";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS = {
  phase: "pretraining",
  seed: 1,
  learningRate: 0.01,
} as const satisfies Partial<TokenizerTrainingOptions>;

test("learns 64 items by heart: their words follow from near-unique codes, and the first code tells the topic", async () => {
  const union = topicUnion(64, 2);
  const codeOptions = { rootCodes: 8, leafCodes: 32, dimensions: 8 };
  const tokenizer = smallTokenizer(4, { dimensions: 48, dropout: 0, codes: codeOptions });
  await trainTokenizer(tokenizer, union, {
    ...OPTIONS,
    epochs: 500,
    batchSize: 64,
    masking: "all",
    bypassSteps: 60,
    bookStart: "centres",
    weights: { image: 0, code: 5, alignment: 0, partner: 0 },
  });
  const { codes } = exportCodes(tokenizer, union.content);
  const first = codesAt(0, codes.values, 3);
  const chance = mutualInformation(first, createRandom(1).shuffle(union.topics.slice()));
  expect(codeCrossEntropy(tokenizer, union.content, codes)).toBeLessThan(0.3);
  expect(collisionRate(codes)).toBeLessThan(0.25);
  expect(mutualInformation(first, union.topics)).toBeGreaterThan(chance + 0.5);
}, 120_000);

test("the stronger the alignment, the nearer are items to those they occur with, and to no others", async () => {
  const topics = topicUnion(64, 2);
  // What occurs together is not in the content.
  const union = { ...topics, drawPartners: (rows: Int32Array) => rows.map((row) => row ^ 1) };
  const gap = async (alignment: number) => {
    const tokenizer = smallTokenizer(5, { dimensions: 32, dropout: 0, codes: { dimensions: 8 } });
    const weights = { image: 0, code: 1, partner: 0, alignment };
    await trainTokenizer(tokenizer, union, { ...OPTIONS, epochs: 60, batchSize: 64, weights });
    return contrast(tokenizer, union);
  };
  const [without, weak, strong] = [await gap(0), await gap(0.3), await gap(1)];
  expect(weak).toBeGreaterThan(without + 0.1);
  expect(strong).toBeGreaterThan(weak + 0.3);
}, 120_000);

/** Mean cosine of h' of items with their partners, minus that with random items. */
function contrast(tokenizer: UtgTokenizer, union: ContentUnion): number {
  return tf.tidy(() => {
    const vectors = (rows: Int32Array) =>
      unitRows(itemVectors(tokenizer, selectContent(union.content, tf.tensor1d(rows, "int32"))));
    const random = createRandom(9);
    const own = vectors(union.trainRows);
    const mean = (rows: Int32Array) => own.mul(vectors(rows)).sum(-1).mean().dataSync()[0];
    return mean(union.drawPartners(union.trainRows, random)) - mean(random.shuffle(union.trainRows.slice()));
  });
}
