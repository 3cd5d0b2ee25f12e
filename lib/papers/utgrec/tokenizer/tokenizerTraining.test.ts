import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tf } from "../../../tensor";
import { valuesOf } from "./encoder/encoderTesting";
import { copyTokenizer, disposeTokenizer, tokenizerWeights } from "./tokenizer";
import { smallTokenizer, topicUnion } from "./tokenizerTesting";
import { type TokenizerTrainingOptions, trainTokenizer } from "./tokenizerTraining";

// Most tests trace the whole step twice.
vi.setConfig({ testTimeout: 120_000 });

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: TokenizerTrainingOptions = {
  phase: "pretraining",
  epochs: 2,
  seed: 1,
  batchSize: 16,
  learningRate: 0.01,
  repeats: 1,
};
/** Text and codes alone: a smaller step, for what images and partners have no part in. */
const TEXT_ALONE = { image: 0, partner: 0, alignment: 0 } as const;

describe("training", () => {
  test("records every term and the use of the books, frees what it made, and a seed repeats to the bit", async () => {
    const union = topicUnion(40, 1);
    const run = async () => {
      const tokenizer = smallTokenizer(2);
      const before = tf.memory().numTensors;
      const history = await trainTokenizer(tokenizer, union, { ...OPTIONS, epochs: 3, bypassSteps: 4 });
      expect(tf.memory().numTensors).toBe(before);
      return { history, weights: valuesOf(tokenizerWeights(tokenizer)) };
    };
    const first = await run();
    expect(first.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    // 3 steps an epoch: the first runs past the quantiser, the second after its first step no more.
    expect(first.history[0].code).toBe(0);
    expect(first.history[1].code).toBeGreaterThan(0);
    for (const record of first.history) {
      const { text, image, partnerText, partnerImage, code, alignment } = record;
      const told = text + 5 * image + 0.03 * (partnerText + 5 * partnerImage);
      expect(record.loss).toBeCloseTo(told + 200 * code + 0.01 * alignment, 3);
      expect(record.books.map(({ used }) => used >= 1 && used <= 8)).toEqual([true, true]);
      expect(record.collisionRate).toBeLessThan(1);
    }
    expect(await run()).toEqual(first);
  });

  test("in the warm-up codes stay where they are drawn; they begin at centres where that is wanted", async () => {
    const union = topicUnion(32, 1);
    const books = async (options: Partial<TokenizerTrainingOptions>) => {
      const tokenizer = smallTokenizer(2);
      const ofText = { ...OPTIONS, weights: TEXT_ALONE, epochs: 1, learningRate: 1e-9 };
      await trainTokenizer(tokenizer, union, { ...ofText, ...options });
      return tokenizer.books;
    };
    const drawn = valuesOf(smallTokenizer(2).books);
    expect(valuesOf(await books({ bypassSteps: 2 }))).toEqual(drawn);
    const [root] = await books({ bypassSteps: 1, bookStart: "centres" });
    expect(tf.sub(root.map!, tf.eye(4)).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    expect(valuesOf(root)["embedding"]).not.toEqual(drawn["0.embedding"]);
  });

  test("stops at the signal, and says so where the loss is not finite", async () => {
    const union = topicUnion(32, 1);
    const abort = new AbortController();
    const ofText = { ...OPTIONS, weights: TEXT_ALONE };
    const history = await trainTokenizer(smallTokenizer(2), union, {
      ...ofText,
      signal: abort.signal,
      onEpoch: () => abort.abort(),
    });
    expect(history).toHaveLength(1);
    const wild = trainTokenizer(smallTokenizer(2), union, {
      ...ofText,
      learningRate: Number.NaN,
      epochs: 3,
    });
    await expect(wild).rejects.toThrow(
      "UTGRec tokenizer: the loss of epoch 1 is NaN: lower the learning rate.",
    );
  });
});

describe("adaptation", () => {
  const changes = async (options: Partial<TokenizerTrainingOptions>, factorised = true) => {
    const tokenizer = smallTokenizer(3, { codes: { factorised } });
    const before = valuesOf(tokenizerWeights(tokenizer));
    const adapted = copyTokenizer(tokenizer);
    await trainTokenizer(adapted, topicUnion(32, 5), { ...OPTIONS, epochs: 1, ...options });
    expect(valuesOf(tokenizerWeights(tokenizer))).toEqual(before);
    const after = valuesOf(tokenizerWeights(adapted));
    return Object.keys(before).filter((path) => before[path].some((value, k) => value !== after[path][k]));
  };

  test("leaves E as it is to the bit; W, encoder, adapter and decoders change", async () => {
    const changed = await changes({ phase: "adaptation" });
    expect(changed.filter((path) => path.startsWith("books"))).toEqual(["books.0.map", "books.1.map"]);
    for (const path of ["encoder.words.table", "adapter.expand.weight", "conditioning.weight"])
      expect(changed).toContain(path);
    for (const part of ["text.", "image.", "diffusion."])
      expect(changed.some((path) => path.startsWith(part))).toBe(true);
  });

  test("free, it moves E too; a plain book is frozen whole", async () => {
    const ofBooks = async (phase: TokenizerTrainingOptions["phase"], factorised?: boolean) =>
      (await changes({ phase, weights: TEXT_ALONE }, factorised)).filter((path) => path.startsWith("books"));
    expect(await ofBooks("free adaptation")).toEqual([
      "books.0.embedding",
      "books.0.map",
      "books.1.embedding",
      "books.1.map",
    ]);
    expect(await ofBooks("adaptation", false)).toEqual([]);
  });
});

test("a copy is freed on its own", () => {
  const tokenizer = smallTokenizer(1);
  const before = tf.memory().numTensors;
  disposeTokenizer(copyTokenizer(tokenizer));
  expect(tf.memory().numTensors).toBe(before);
});
