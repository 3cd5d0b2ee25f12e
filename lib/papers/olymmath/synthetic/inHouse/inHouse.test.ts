import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../../data/random";
import { promptTokens } from "../../../../llm/generation";
import { run, trainableWeights } from "../../../../llm/model";
import type { Tokenizer } from "../../../../llm/tokenizer";
import { checkAnswer, extractAnswer } from "../../../../math";
import { saveTensors, tf } from "../../../../tensor";
import { countParameters, flattenTree } from "../../../../tensor/tree";
import { promptOf } from "../../prompts";
import { synthSet } from "../problemSets";
import { exampleBatches, toBatch } from "./batches";
import { inHouseChat } from "./chat";
import { exampleOf, examplesOf, solutionOf } from "./examples";
import { IN_HOUSE_BANNER, IN_HOUSE_SIZE, inHouseModel, inHouseTokenizer, writtenLoss } from "./model";
import { loadInHouse, saveInHouse } from "./stored";
import { type InHouseCheck, type InHouseTrainingOptions, trainInHouse } from "./training";
import { learntTokenizer } from "./vocabulary";

let tokenizer: Tokenizer;
let tensors: number;
beforeAll(() => {
  tokenizer = inHouseTokenizer();
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  tf.disposeVariables();
  expect(tf.memory().numTensors).toBe(tensors);
});

const TINY = { width: 32, layers: 1, heads: 2, inner: 32, maxPositions: 320 };
const items = synthSet({ split: "training", tier: "EASY", count: 24 });
const others = synthSet({ split: "validation", tier: "EASY", count: 8 });

it("says that its scores mean nothing", () => {
  expect(IN_HOUSE_BANNER).toContain("its scores say nothing about language models");
});

describe("the tokenizer", () => {
  it("writes every text, in less than two fifths of the bytes, with single digits", () => {
    const texts = others.flatMap(({ text }) => [text.EN, text.ZH]);
    for (const text of [...texts, "naïve 😀 \\boxed{12}"])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const tokens = texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
    expect(tokens / bytes).toBeLessThan(0.4);
    expect(tokenizer.encode("2048")).toHaveLength(4);
  });

  it("is learnt anew the same", () => {
    const again = inHouseTokenizer();
    expect(again.size).toBe(tokenizer.size);
    expect(again.encode(items[0].text.ZH)).toEqual(tokenizer.encode(items[0].text.ZH));
  });

  it("knows no turn of a system", () => {
    const messages = [{ role: "system", content: "Be brief." }] as const;
    expect(() => promptTokens(tokenizer, { messages, continueFinal: false })).toThrow(
      "This model knows turns of user and assistant only.",
    );
  });
});

describe("examples", () => {
  it("are the benchmark's prompt, then the derivation, the answer in a box, and the end", () => {
    const [item] = items;
    for (const language of ["EN", "ZH"] as const) {
      const { tokens, written } = exampleOf(tokenizer, item, language);
      const messages = promptOf({ language, text: item.text[language] });
      expect([...tokens.subarray(0, written)]).toEqual(
        promptTokens(tokenizer, { messages, continueFinal: false }),
      );
      expect(tokenizer.decode(tokens.subarray(0, written))).toContain(item.text[language]);
      const text = tokenizer.decode(tokens.subarray(written), { special: true });
      expect(text).toBe(`${solutionOf(item)}<|end|>`);
      expect(extractAnswer(text, { mode: "want" }).answer).toBe(item.answer);
    }
  });

  it("are in Chinese for the share that is asked for", () => {
    const chinese = (share: number) =>
      examplesOf(tokenizer, items, { seed: 1, chinese: share }).filter(({ tokens }) =>
        /\p{Script=Han}/u.test(tokenizer.decode(tokens)),
      ).length;
    expect([chinese(0), chinese(1)]).toEqual([0, 24]);
    expect(chinese(0.3)).toBeGreaterThan(2);
    expect(chinese(0.3)).toBeLessThan(14);
  });

  it("come in batches of like length, each once a pass", () => {
    const examples = examplesOf(tokenizer, items, { seed: 1 });
    const batches = exampleBatches(examples, 6, createRandom(2));
    const pass = Array.from({ length: 4 }, () => batches.next().value);
    expect(new Set(pass.flat()).size).toBe(24);
    const longest = pass.map((batch) => Math.max(...batch.map(({ tokens }) => tokens.length)));
    expect(new Set(longest).size).toBeGreaterThan(1);
    expect(batches.next().value).toHaveLength(6);
  });

  it("weigh what the model writes and nothing else", () => {
    const examples = examplesOf(tokenizer, items.slice(0, 2), { seed: 1 });
    const batch = toBatch(examples, tokenizer.eos!);
    const [ids, places] = [batch.tokens.arraySync(), batch.places.arraySync()];
    const [targets, weights] = [batch.targets.arraySync(), batch.weights.arraySync()];
    expect([batch.tokens.shape[1] % 16, batch.places.shape[1] % 16]).toEqual([0, 0]);
    for (const [row, { tokens, written }] of examples.entries()) {
      const own = places[row].filter((_, k) => weights[row][k] === 1);
      const predicted = targets[row].filter((_, k) => weights[row][k] === 1);
      expect(ids[row].slice(0, tokens.length - 1)).toEqual([...tokens.subarray(0, -1)]);
      expect(own.map((place) => ids[row][place])).toEqual([...tokens.subarray(written - 1, -1)]);
      expect(predicted).toEqual([...tokens.subarray(written)]);
    }
    tf.dispose(batch);
  });
});

describe("the model", () => {
  it("has about 0.44 million parameters", () => {
    const { model } = inHouseModel(1, IN_HOUSE_SIZE, tokenizer);
    const { width: D, layers: L, inner: F } = IN_HOUSE_SIZE;
    // V D + L (2 D + 4 D² + 3 D F) + D
    const count = tokenizer.size * D + L * (2 * D + 4 * D * D + 3 * D * F) + D;
    expect(countParameters(trainableWeights(model))).toBe(count);
    expect(count).toBeGreaterThan(430_000);
    expect(count).toBeLessThan(450_000);
  });

  it("has the loss that its logits give one by one", () => {
    const { model } = inHouseModel(2, TINY, tokenizer);
    const examples = examplesOf(tokenizer, items.slice(0, 3), { seed: 1 });
    tf.tidy(() => {
      let [sum, count] = [0, 0];
      for (const { tokens, written } of examples) {
        const { logits } = run(model, tf.tensor2d([[...tokens]], undefined, "int32"));
        const values = logits.squeeze([0]).logSoftmax().arraySync() as number[][];
        for (let t = written; t < tokens.length; t++, count++) sum -= values[t - 1][tokens[t]];
      }
      const loss = writtenLoss(model, toBatch(examples, tokenizer.eos!)).dataSync()[0];
      expect(Math.abs(loss - sum / count)).toBeLessThan(1e-5 * (sum / count));
    });
  });
});

describe("trainInHouse", () => {
  const trained = async (seed: number, options: Partial<InHouseTrainingOptions> = {}) => {
    const made = inHouseModel(seed, TINY, tokenizer);
    const seen: InHouseCheck[] = [];
    const checks = await trainInHouse(made, {
      ...{ seed, steps: 4, batchSize: 8, checkEvery: 2 },
      examples: examplesOf(tokenizer, items, { seed }),
      validation: examplesOf(tokenizer, others, { seed }),
      onProgress: (check) => seen.push(check),
      ...options,
    });
    expect(seen).toEqual(checks);
    const weights = flattenTree(trainableWeights(made.model)).map(([, weight]) => [...weight.dataSync()]);
    tf.disposeVariables();
    return { checks, weights };
  };

  it("is the same for the same seed, bit by bit, and another for another", async () => {
    const first = await trained(1);
    expect(await trained(1)).toEqual(first);
    expect(await trained(2)).not.toEqual(first);
    expect(first.checks.map(({ step }) => step)).toEqual([2, 4]);
  });

  it("stops where it is asked to, and where the loss is no number", async () => {
    const controller = new AbortController();
    controller.abort();
    expect((await trained(3, { signal: controller.signal })).checks).toEqual([]);
    await expect(trained(3, { learningRate: 1e30 })).rejects.toThrow(
      /^The loss of update [24] is (NaN|Infinity): lower the learning rate\.$/,
    );
  });

  it("refuses what has no room, and what makes no batch", async () => {
    const long = { tokens: new Int32Array(400), written: 2 };
    await expect(trained(4, { validation: [long] })).rejects.toThrow(
      "An example has 400 tokens; the model has 320 positions.",
    );
    await expect(trained(4, { batchSize: 25 })).rejects.toThrow(
      "Batches of 25 need as many examples, and a look at the loss needs some of validation; there are 24 and 8.",
    );
  });
});

describe("a stored model", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "in-house-"));
    return () => rmSync(folder, { recursive: true });
  });

  it("is the same when it is read", () => {
    const made = inHouseModel(6, TINY, tokenizer);
    const path = join(folder, "model.safetensors");
    saveInHouse(path, made);
    const read = loadInHouse(path);
    expect(read.model.config).toEqual(made.model.config);
    const values = (of: typeof made) =>
      flattenTree(trainableWeights(of.model)).map(([name, weight]) => [name, [...weight.dataSync()]]);
    expect(values(read)).toEqual(values(made));
  });

  it("is refused where it is another one, or its tokens are", () => {
    const made = inHouseModel(6, TINY, tokenizer);
    const path = join(folder, "other.safetensors");
    const one = tf.scalar(1);
    saveTensors(path, { one });
    expect(() => loadInHouse(path)).toThrow("holds no in-house model. Train one, and save it.");
    saveTensors(path, { one }, { size: JSON.stringify(TINY), tokens: "0" });
    expect(() => loadInHouse(path)).toThrow("the families have changed since. Train the model anew.");
    saveInHouse(path, { model: made.model, tokenizer: learntTokenizer(["ab ab"], 4) });
    expect(() => loadInHouse(path)).toThrow("the families have changed since");
    one.dispose();
  });
});

it("learns eight problems by heart in seconds, and is asked as any chat model is", async () => {
  const made = inHouseModel(5, { ...TINY, width: 64, inner: 64 }, tokenizer);
  const few = synthSet({
    split: "training",
    tier: "EASY",
    count: 8,
    families: ["multiples-of-one", "triangle-angle"],
  });
  const examples = few.map((item) => exampleOf(made.tokenizer, item, "EN"));
  const checks = await trainInHouse(made, {
    ...{ seed: 5, steps: 300, batchSize: 8, learningRate: 5e-3, checkEvery: 300 },
    ...{ examples, validation: examples },
  });
  expect(checks[0].validation).toBeLessThan(0.05);

  const chat = inHouseChat(made);
  expect(chat.name).toBe("in-house-synthetic");
  for (const item of few.slice(0, 2)) {
    const messages = promptOf({ language: "EN", text: item.text.EN });
    const request = { input: { messages, continueFinal: false }, temperature: 0, topP: 1, stop: [] };
    let [text, finish]: [string, string | undefined] = ["", undefined];
    for await (const piece of chat.complete(request, new AbortController().signal)) {
      text += piece.text;
      finish = piece.finishReason;
    }
    expect([text, finish]).toEqual([solutionOf(item), "stop"]);
    const { answer } = extractAnswer(text, { mode: "want" });
    expect(checkAnswer(item.answer, answer, { mode: "want" }).equal).toBe(true);
  }
  chat.dispose();
});
