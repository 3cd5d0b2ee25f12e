import { describe, expect, test } from "vitest";
import { HttpError } from "./error";
import { readChatRequest, readTextRequest } from "./requests";

const CHAT = { model: "m", messages: [{ role: "user", content: "Hello?" }] };
const TEXT = { model: "m", prompt: "p" };

function refusal(read: () => unknown): HttpError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(HttpError);
    return error as HttpError;
  }
  throw new Error("It was not refused.");
}

describe("readChatRequest", () => {
  test("defaults are the protocol's", () => {
    const defaults = {
      model: "m",
      inputs: [{ messages: CHAT.messages, continueFinal: false }],
      temperature: 1,
      topP: 1,
      stop: [],
      n: 1,
      stream: false,
      includeUsage: false,
    };
    expect(readChatRequest(CHAT)).toEqual(defaults);
    const nulls = [
      "temperature",
      "top_p",
      "top_k",
      "max_tokens",
      "stop",
      "seed",
      "n",
      "stream",
      "logprobs",
      "tools",
    ];
    expect(readChatRequest({ ...CHAT, ...Object.fromEntries(nulls.map((name) => [name, null])) })).toEqual(
      defaults,
    );
  });

  test("every field", () => {
    const task = readChatRequest({
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Hel" },
            { type: "text", text: "lo?" },
          ],
          name: "eve",
        },
      ],
      temperature: 0,
      top_p: 0.8,
      top_k: 20,
      min_p: 0.05,
      repetition_penalty: 1.05,
      max_tokens: 5,
      max_completion_tokens: 6,
      stop: ["a", "b"],
      seed: -3,
      n: 2,
      stream: true,
      stream_options: { include_usage: true },
      logprobs: true,
      top_logprobs: 5,
      user: "ignored",
      metadata: { ignored: "too" },
    });
    expect(task).toEqual({
      model: "m",
      inputs: [
        {
          messages: [
            { role: "system", content: "Be brief." },
            { role: "user", content: "Hello?" },
          ],
          continueFinal: false,
        },
      ],
      temperature: 0,
      topP: 0.8,
      topK: 20,
      minP: 0.05,
      repetitionPenalty: 1.05,
      maxTokens: 6,
      stop: ["a", "b"],
      seed: -3,
      n: 2,
      stream: true,
      includeUsage: true,
      logprobs: 5,
    });
    expect(readChatRequest({ ...CHAT, logprobs: true }).logprobs).toBe(0);
    expect(readChatRequest({ ...CHAT, top_k: -1 }).topK).toBeUndefined();
    expect(readChatRequest({ ...CHAT, stop: "x" }).stop).toEqual(["x"]);
  });

  test("goes on with an answer that is not finished", () => {
    const messages = [...CHAT.messages, { role: "assistant", content: "Hel" }];
    const fields = { continue_final_message: true, add_generation_prompt: false };
    expect(readChatRequest({ model: "m", messages, ...fields }).inputs).toEqual([
      { messages, continueFinal: true },
    ]);
    expect(refusal(() => readChatRequest({ ...CHAT, ...fields })).message).toMatch(/must be the assistant's/);
    for (const both of [true, false]) {
      const wrong = { continue_final_message: both, add_generation_prompt: both };
      expect(refusal(() => readChatRequest({ model: "m", messages, ...wrong })).param).toBe(
        "add_generation_prompt",
      );
    }
  });

  test.each<[object, string, RegExp]>([
    [{ model: 3 }, "model", /Expected string, received number/],
    [{ messages: [] }, "messages", /at least 1/],
    [{ messages: "Hello?" }, "messages", /Expected array/],
    [{ messages: [{ role: "bot", content: "x" }] }, "messages.0.role", /Invalid enum value/],
    [{ messages: [{ role: "user" }] }, "messages.0.content", /Required/],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "messages.0.content.0.type",
      /expected "text"/,
    ],
    [{ temperature: 2.1 }, "temperature", /less than or equal to 2/],
    [{ temperature: "0" }, "temperature", /Expected number, received string/],
    [{ top_p: 0 }, "top_p", /greater than 0/],
    [{ max_tokens: 0 }, "max_tokens", /greater than or equal to 1/],
    [{ max_tokens: 1.5 }, "max_tokens", /integer/],
    [{ n: 0 }, "n", /greater than or equal to 1/],
    [{ seed: 1e300 }, "seed", /./],
    [{ stop: "" }, "stop", /must not be empty/],
    [{ stop: Array(17).fill("a") }, "stop", /at most 16/],
    [{ stop: [1] }, "stop.0", /Expected string/],
    [{ stop: 1 }, "stop", /Expected string, received number, or Expected array, received number/],
    [{ logprobs: true, top_logprobs: 21 }, "top_logprobs", /less than or equal to 20/],
    [{ top_logprobs: 2 }, "top_logprobs", /Needs logprobs: true/],
    [{ stream_options: { include_usage: 1 } }, "stream_options.include_usage", /boolean/],
    [{ presence_penalty: 0.5 }, "presence_penalty", /does not support it/],
    [{ logit_bias: { 5: 1 } }, "logit_bias", /does not support it/],
    [{ tools: [{}] }, "tools", /does not support it/],
    [{ response_format: { type: "json_object" } }, "response_format", /does not support it/],
    [{ reasoning_effort: "high" }, "reasoning_effort", /does not support it/],
    [{ temprature: 1 }, "temprature", /no such field; is "temperature" meant\?/],
    [{ "zzzzzzzzzzzzzzz!": 1 }, "zzzzzzzzzzzzzzz!", /There is no such field\.$/],
    [{ prompt: "x" }, "prompt", /no such field/],
    [JSON.parse('{"__proto__":{"n":2}}'), "__proto__", /no such field/],
  ])("refuses %j", (fields, param, message) => {
    const error = refusal(() =>
      readChatRequest(Object.fromEntries([...Object.entries(CHAT), ...Object.entries(fields)])),
    );
    expect([error.status, error.param]).toEqual([400, param]);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(`${param}: `)).toBe(true);
  });

  test("takes unsupported fields where they ask for nothing", () => {
    const nothing = {
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: {},
      tools: [],
      tool_choice: "none",
      response_format: { type: "text" },
      modalities: ["text"],
      functions: null,
    };
    expect(readChatRequest({ ...CHAT, ...nothing })).toEqual(readChatRequest(CHAT));
  });

  test.each([[null], [3], ["x"], [[]]])("refuses a body that is %j", (body) => {
    expect(refusal(() => readChatRequest(body)).message).toBe("The body must be a JSON object.");
  });
});

describe("readTextRequest", () => {
  test("takes one prompt or several", () => {
    expect(readTextRequest(TEXT)).toMatchObject({ inputs: [{ prompt: "p" }], maxTokens: 16 });
    const several = readTextRequest({ ...TEXT, prompt: ["a", "b"], logprobs: 0, max_tokens: 3 });
    expect(several).toMatchObject({ inputs: [{ prompt: "a" }, { prompt: "b" }], logprobs: 0, maxTokens: 3 });
  });

  test.each<[object, string]>([
    [{ prompt: [] }, "prompt"],
    [{ prompt: [1, 2] }, "prompt.0"],
    [{ echo: true }, "echo"],
    [{ suffix: "x" }, "suffix"],
    [{ best_of: 2 }, "best_of"],
    [{ logprobs: true }, "logprobs"],
    [{ messages: [] }, "messages"],
  ])("refuses %j", (fields, param) => {
    expect(refusal(() => readTextRequest({ ...TEXT, ...fields }))).toMatchObject({ status: 400, param });
  });
});
