import { afterAll, describe, expect, test } from "vitest";
import { disposeTree, tf } from "../../tensor";
import { ModelInputError } from "../chat/chatModel";
import { run } from "../model";
import { tokenRows } from "../model/testing";
import { type BatchOptions, generateBatch } from "./batch";
import { type Engine, engine } from "./engine";
import { tinyPretrained } from "./testing";

const pretrained = tinyPretrained();
const { model, tokenizer } = pretrained;
const made = engine(pretrained);
const encode = (text: string) => [...tokenizer.encode(text)];
const PROMPTS = ["the rain in", "one", "here is a somewhat longer beginning of a text"].map(encode);
afterAll(() => made.dispose());

/** The completion of one prompt. */
async function alone(tokens: readonly number[], options: BatchOptions, seed = 0) {
  return (await generateBatch(made, [{ tokens, seed }], options))[0][0];
}

/** Logits of the token that follows, by a run of everything. */
function following(tokens: readonly number[]): number[] {
  return tf.tidy(() => [
    ...run(model, tokenRows([tokens]))
      .logits.slice([0, tokens.length - 1, 0], [1, 1, -1])
      .dataSync(),
  ]);
}

describe("a batch", () => {
  test("of temperature 0 writes the likeliest tokens", async () => {
    const tokens = PROMPTS[0];
    const { tokens: written, text } = await alone(tokens, { temperature: 0, maxTokens: 40 });
    expect(written).toHaveLength(40);
    for (let i = 0; i < written.length; i++) {
      const logits = following([...tokens, ...written.slice(0, i)]);
      expect(written[i]).toBe(logits.indexOf(Math.max(...logits)));
    }
    expect(text).toBe(tokenizer.decode(written));
  });

  test("writes of each prompt and sample what is written alone with its seed", async () => {
    const options = { temperature: 0.9, topP: 0.95, repetitionPenalty: 1.1, maxTokens: 45, logprobs: 2 };
    const prompts = PROMPTS.map((tokens, i) => ({ tokens, seed: 100 * i }));
    const together = await generateBatch(made, prompts, { ...options, samples: 3 });
    expect(together.map((samples) => samples.length)).toEqual([3, 3, 3]);
    for (const [i, { tokens, seed }] of prompts.entries())
      for (const [k, sample] of together[i].entries()) {
        const own = await alone(tokens, options, seed + k);
        expect({ ...sample, logprobs: undefined }).toEqual({ ...own, logprobs: undefined });
        sample.logprobs!.forEach(({ logprob }, at) => {
          expect(logprob).toBeCloseTo(own.logprobs![at].logprob, 4);
        });
      }
    expect(new Set(together.flat().map(({ text }) => text)).size).toBe(9);
  });

  test("goes on with those that are left when others are finished", async () => {
    // At this temperature the model ends some of its texts itself.
    const options = { temperature: 1.5, maxTokens: 60 };
    const [samples] = await generateBatch(made, [{ tokens: PROMPTS[1] }], { ...options, samples: 6 });
    const lengths = samples.map(({ tokens }) => tokens.length);
    expect(Math.min(...lengths)).toBeLessThan(30);
    expect(Math.max(...lengths)).toBe(60);
    for (const [k, sample] of samples.entries()) {
      const isEnd = tokenizer.stops.has(sample.tokens[sample.tokens.length - 1]);
      expect(sample.finishReason).toBe(isEnd ? "stop" : "length");
      expect(sample).toEqual(await alone(PROMPTS[1], options, k));
    }
  });

  test("leaves out those that are finished, so that there are few sizes to compile for", async () => {
    const options = { temperature: 1.5, maxTokens: 40, stop: ["e"] };
    const sizes: number[] = [];
    const counted: Engine = {
      ...made,
      stepRows: (state, rows, tokens) => {
        sizes.push(rows.length);
        return made.stepRows(state, rows, tokens);
      },
    };
    const [samples] = await generateBatch(counted, [{ tokens: PROMPTS[1] }], { ...options, samples: 7 });
    // All seven at first, which share their prompt; then powers of two.
    expect(sizes[0]).toBe(7);
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes.slice(1)) expect([1, 2, 4]).toContain(size);
    for (const [k, sample] of samples.entries()) expect(sample).toEqual(await alone(PROMPTS[1], options, k));
  });

  test("fills the context, and no more", async () => {
    const long = Array.from({ length: 9 }, () => PROMPTS[2])
      .flat()
      .slice(0, 150);
    const prompts = [{ tokens: long }, { tokens: long.slice(0, 20) }];
    const [[first], [second]] = await generateBatch(made, prompts, { temperature: 0, maxTokens: 30 });
    expect([first.tokens.length, first.finishReason]).toEqual([10, "length"]);
    expect([second.tokens.length, second.finishReason]).toEqual([30, "length"]);
    expect(second).toEqual(await alone(prompts[1].tokens, { temperature: 0, maxTokens: 30 }));
    const full = Array.from({ length: 160 }, () => 1);
    await expect(alone(full, {})).rejects.toThrow(ModelInputError);
  });

  test("ends at the first stop string, across the bounds of tokens", async () => {
    const options = { temperature: 0, maxTokens: 40 };
    const whole = await alone(PROMPTS[0], options);
    const parts = whole.tokens.map((token) => tokenizer.decode([token]));
    // Two tokens that are text on their own.
    const at = parts.findIndex((part, i) => i > 3 && /^[ -~]+$/.test(part + (parts[i + 1] ?? "\n")));
    const stop = parts[at] + parts[at + 1];
    const before = whole.text.slice(0, whole.text.indexOf(stop));
    const cut = await alone(PROMPTS[0], { ...options, stop: ["never written", stop] });
    expect(cut).toMatchObject({ text: before, finishReason: "stop", stopString: stop });
    expect(cut.tokens).toEqual(whole.tokens.slice(0, cut.tokens.length));
    expect(cut.tokens.length).toBeLessThanOrEqual(at + 2);
  });

  test("penalises tokens of the prompt and of the completion", async () => {
    const tokens = PROMPTS[2];
    // So large a penalty leaves only tokens that have not occurred, as long as one of them has a positive logit.
    const { tokens: written } = await alone(tokens, {
      temperature: 0,
      repetitionPenalty: 1e6,
      maxTokens: 50,
    });
    expect(new Set(written).size).toBe(written.length);
    expect(written.filter((token) => tokens.includes(token))).toEqual([]);
    const { tokens: free } = await alone(tokens, { temperature: 0, maxTokens: 50 });
    expect(new Set(free).size).toBeLessThan(free.length);
  });

  test("tells log-probabilities of the model's own logits", async () => {
    const options = { temperature: 0.5, maxTokens: 6, logprobs: 3 };
    const { tokens, logprobs } = await alone(PROMPTS[0], options);
    expect(logprobs).toHaveLength(6);
    for (const [i, report] of logprobs!.entries()) {
      const logits = following([...PROMPTS[0], ...tokens.slice(0, i)]);
      const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
      expect(report.logprob).toBeCloseTo(logits[tokens[i]] - total, 4);
      const top = [...logits].sort((a, b) => b - a).slice(0, 3);
      report.top.forEach(({ logprob }, k) => {
        expect(logprob).toBeCloseTo(top[k] - total, 4);
      });
      expect(report.bytes).toEqual([...tokenizer.tokenBytes(tokens[i])]);
    }
  });

  test("tells how far it is, and can be ended", async () => {
    const abort = new AbortController();
    const steps: string[] = [];
    const onStep = (finished: number, total: number) => {
      steps.push(`${finished}/${total}`);
      if (steps.length === 3) abort.abort(new Error("enough"));
    };
    const prompts = PROMPTS.map((tokens) => ({ tokens }));
    const ended = generateBatch(made, prompts, { temperature: 0, onStep, signal: abort.signal });
    await expect(ended).rejects.toThrow("enough");
    expect(steps).toEqual(["0/3", "0/3", "0/3"]);
    await expect(generateBatch(made, prompts, { topP: 2 })).rejects.toThrow("topP must be");
  });
});

test("rows of the model's table that stand for nothing are never drawn", async () => {
  const spare = tinyPretrained({ spareRows: 300 });
  const own = engine(spare);
  const [samples] = await generateBatch(own, [{ tokens: PROMPTS[0] }], { samples: 4, maxTokens: 40 });
  expect(Math.max(...samples.flatMap(({ tokens }) => tokens))).toBeLessThan(spare.tokenizer.size);
  own.dispose();
  disposeTree(spare.model.weights);
});

test("leaves no tensor behind", async () => {
  const options = { samples: 2, maxTokens: 40, temperature: 1.5, repetitionPenalty: 1.1, logprobs: 1 };
  const prompts = PROMPTS.map((tokens) => ({ tokens }));
  await generateBatch(made, prompts, options);
  const count = tf.memory().numTensors;
  await generateBatch(made, prompts, options);
  expect(tf.memory().numTensors).toBe(count);
});

test("a tokenizer and a context that do not fit the model are refused", () => {
  expect(() => engine(pretrained, { contextLength: 161 })).toThrow("The context must be 2 to 160 tokens");
  const config = { ...model.config, vocabulary: 100 };
  expect(() => engine({ tokenizer, model: { ...model, config } })).toThrow("do not belong together");
});
