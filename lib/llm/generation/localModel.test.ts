import { afterAll, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { ModelInputError, type ModelPiece, type ModelRequest } from "../chat/chatModel";
import { generateBatch } from "./batch";
import { engine } from "./engine";
import { type LocalModelOptions, localModel } from "./localModel";
import { promptTokens } from "./prompt";
import { tinyPretrained } from "./testing";

const pretrained = tinyPretrained({ maxPositions: 700 });
const { tokenizer } = pretrained;
const PROMPT = "here is the beginning of a text that is long enough";
const asked = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
  input: { prompt: PROMPT },
  maxTokens: 12,
  temperature: 0.8,
  topP: 0.95,
  stop: [],
  seed: 7,
  ...changes,
});
const create = (options: Partial<LocalModelOptions> = {}) =>
  localModel(pretrained, { name: "tiny", contextLength: 640, ...options });
const model = create();
afterAll(() => model.dispose());

interface Answer {
  readonly text: string;
  readonly pieces: readonly ModelPiece[];
  readonly last: ModelPiece;
}

async function answer(
  request: ModelRequest,
  from = model,
  signal = new AbortController().signal,
): Promise<Answer> {
  const pieces: ModelPiece[] = [];
  for await (const piece of from.complete(request, signal)) pieces.push(piece);
  return { text: pieces.map(({ text }) => text).join(""), pieces, last: pieces[pieces.length - 1] };
}

describe("a completion", () => {
  test("is that of a batch, in pieces that say how far it is", async () => {
    const { text, pieces, last } = await answer(asked());
    const own = engine(pretrained);
    const tokens = promptTokens(tokenizer, { prompt: PROMPT });
    const options = { temperature: 0.8, topP: 0.95, maxTokens: 12 };
    const [[expected]] = await generateBatch(own, [{ tokens, seed: 7 }], options);
    own.dispose();
    expect(text).toBe(expected.text);
    expect(last.finishReason).toBe("length");
    expect(pieces.map(({ usage }) => usage.completionTokens)).toEqual([...Array(13).keys()]);
    expect(pieces.slice(0, -1).every(({ finishReason }) => finishReason === undefined)).toBe(true);
    expect(last.usage).toEqual({ promptTokens: tokens.length, completionTokens: 12, cachedTokens: 0 });
  });

  test("repeats with its seed, without reading the prompt again; others differ", async () => {
    const first = await answer(asked({ logprobs: 2 }));
    const second = await answer(asked({ logprobs: 2 }));
    expect(second.pieces.map(({ logprobs, text }) => ({ logprobs, text }))).toEqual(
      first.pieces.map(({ logprobs, text }) => ({ logprobs, text })),
    );
    expect(second.last.usage.cachedTokens).toBe(second.last.usage.promptTokens);
    const fresh = [await answer(asked({ seed: undefined })), await answer(asked({ seed: undefined }))];
    const texts = [first, ...fresh, await answer(asked({ seed: 8 }))].map(({ text }) => text);
    expect(new Set(texts).size).toBe(4);
  });

  test("goes on from a common beginning, the end of an answer included", async () => {
    // Text that becomes the same tokens again.
    const plain = async (seed = 0): Promise<Answer> => {
      const made = await answer(asked({ seed, maxTokens: 3 }));
      return /^[ -~]+$/.test(made.text) ? made : plain(seed + 1);
    };
    const { text, last } = await plain();
    const prompt = `${PROMPT}${text} and more`;
    const request = asked({ input: { prompt }, temperature: 0 });
    const again = await answer(request);
    expect(again.last.usage.cachedTokens).toBeGreaterThan(last.usage.promptTokens);
    const forgetful = create({ cacheBytes: 0 });
    const whole = await answer(request, forgetful);
    expect(whole.text).toBe(again.text);
    expect((await answer(request, forgetful)).last.usage.cachedTokens).toBe(0);
    forgetful.dispose();
  });

  test("tells log-probabilities of its tokens, with their bytes", async () => {
    const { pieces } = await answer(asked({ logprobs: 3 }));
    const reports = pieces.flatMap(({ logprobs = [] }) => logprobs);
    expect(reports).toHaveLength(12);
    for (const { logprob, top, token, bytes } of reports) {
      expect(top).toHaveLength(3);
      expect(top[0].logprob).toBeGreaterThanOrEqual(logprob);
      expect(Buffer.from(bytes!).toString()).toBe(token);
    }
    expect((await answer(asked())).pieces.every(({ logprobs }) => logprobs === undefined)).toBe(true);
  });

  test("ends with the model's own end of turn, which is no text", async () => {
    const ended = async () => {
      for (let seed = 0; seed < 60; seed++) {
        const made = await answer(asked({ seed, temperature: 2, topP: 1, maxTokens: 30, logprobs: 0 }));
        if (made.last.finishReason === "stop") return made;
      }
      throw new Error("The model never ended.");
    };
    const { text, pieces, last } = await ended();
    expect(text).not.toContain("<|im_end|>");
    const told = pieces.flatMap(({ logprobs = [] }) => logprobs).length;
    expect(told).toBe(last.usage.completionTokens - 1);
  });

  test("reads long prompts in parts", async () => {
    const input = { prompt: PROMPT.repeat(14) };
    const { text, last } = await answer(asked({ input, temperature: 0 }));
    const own = engine(pretrained);
    const tokens = promptTokens(tokenizer, input);
    expect(tokens.length).toBeGreaterThan(512);
    const [[whole]] = await generateBatch(own, [{ tokens }], { temperature: 0, maxTokens: 12 });
    own.dispose();
    expect(text).toBe(whole.text);
    expect(last.usage.promptTokens).toBe(tokens.length);
  });
});

describe("several requests", () => {
  test("take turns, and each writes what it writes alone", async () => {
    const requests = [1, 2, 3].map((seed) => asked({ seed, input: { prompt: `${seed} ${PROMPT}` } }));
    const alone = [];
    for (const request of requests) alone.push((await answer(request)).text);
    const order: number[] = [];
    const together = await Promise.all(
      requests.map(async (request, which) => {
        let text = "";
        for await (const piece of model.complete(request, new AbortController().signal)) {
          text += piece.text;
          order.push(which);
        }
        return text;
      }),
    );
    expect(together).toEqual(alone);
    // Nobody is two pieces ahead of anybody.
    for (let i = 3; i <= order.length; i++) {
      const counts = [0, 1, 2].map((which) => order.slice(0, i).filter((one) => one === which).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  test("one is cancelled between two tokens, and the other goes on", async () => {
    const abort = new AbortController();
    const other = answer(asked({ maxTokens: 20 }));
    let pieces = 0;
    const cancelled = (async () => {
      for await (const _ of model.complete(asked({ maxTokens: 500 }), abort.signal))
        if (++pieces === 4) abort.abort(new Error("gone"));
    })();
    await expect(cancelled).rejects.toThrow("gone");
    expect(pieces).toBe(4);
    expect((await other).last.usage.completionTokens).toBe(20);
    await expect(answer(asked(), model, abort.signal)).rejects.toThrow("gone");
  });
});

test("what cannot be answered is refused", async () => {
  const refused = async (changes: Partial<ModelRequest>) => {
    const error = await answer(asked(changes)).catch((error) => error);
    expect(error).toBeInstanceOf(ModelInputError);
    return [error.code, error.message];
  };
  expect(await refused({ input: { prompt: PROMPT.repeat(60) } })).toEqual([
    "context_length_exceeded",
    expect.stringContaining("maximum context length is 640 tokens"),
  ]);
  expect(await refused({ maxTokens: 640 })).toEqual(["context_length_exceeded", expect.anything()]);
  expect(await refused({ minP: 2 })).toEqual(["invalid_value", "minP must be from 0 to 1, not 2."]);
});

test("frees all that it made, whether requests end or are left", async () => {
  const run = async (cacheBytes: number) => {
    const own = create({ cacheBytes });
    await answer(asked({ logprobs: 1, repetitionPenalty: 1.2 }), own);
    for await (const piece of own.complete(asked(), new AbortController().signal))
      if (piece.usage.completionTokens === 3) break;
    const abort = new AbortController();
    const left = own.complete(asked(), abort.signal)[Symbol.asyncIterator]();
    await left.next();
    abort.abort(new Error("gone"));
    await expect(left.next()).rejects.toThrow("gone");
    own.dispose();
  };
  const before = tf.memory().numTensors;
  await run(0);
  await run(2 ** 20);
  expect(tf.memory().numTensors).toBe(before);
});
