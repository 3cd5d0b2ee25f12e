import { describe, expect, test } from "vitest";
import { scriptedModel } from "../testing";
import { startChatServer } from "./server";
import { ASKED, CHAT, events, hello, withChatServer } from "./testing";

describe("answers", () => {
  test("a chat completion", async () => {
    const model = hello();
    await withChatServer(model, async ({ send }) => {
      const { status, headers, json } = await send(CHAT, {
        ...ASKED,
        max_tokens: 9,
        temperature: 0,
        seed: 4,
      });
      expect([status, headers.get("x-request-id")]).toEqual([200, "r1"]);
      expect(json).toEqual({
        id: "chatcmpl-r1",
        object: "chat.completion",
        created: 5,
        model: "scripted",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: "Hello", refusal: null },
            logprobs: null,
            finish_reason: "stop",
            stop_reason: null,
          },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
      });
      expect(model.requests).toEqual([
        {
          input: { messages: ASKED.messages, continueFinal: false },
          maxTokens: 9,
          temperature: 0,
          topP: 1,
          stop: [],
          seed: 4,
        },
      ]);
    });
  });

  test("a chat's stream, with and without its usage", async () => {
    await withChatServer(hello(), async ({ send }) => {
      const body = { ...ASKED, stream: true, stream_options: { include_usage: true } };
      const { headers, text } = await send(CHAT, body);
      expect(headers.get("content-type")).toBe("text/event-stream");
      const chunk = (choices: object[], usage: object | null = null) => ({
        id: "chatcmpl-r1",
        object: "chat.completion.chunk",
        created: 5,
        model: "scripted",
        choices,
        usage,
      });
      const choice = (delta: object, more: object = { finish_reason: null }) => ({
        index: 0,
        delta,
        logprobs: null,
        ...more,
      });
      expect(events(text)).toEqual([
        chunk([choice({ role: "assistant", content: "" })]),
        chunk([choice({ content: "Hel" })]),
        chunk([choice({ content: "lo" })]),
        chunk([choice({}, { finish_reason: "stop", stop_reason: null })]),
        chunk([], { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 }),
        "[DONE]",
      ]);
      const plain = events((await send(CHAT, { ...ASKED, stream: true })).text);
      expect(plain).toHaveLength(5);
      expect(plain[0]).not.toHaveProperty("usage");
    });
  });

  test("text completions of several prompts, with their seeds", async () => {
    const model = scriptedModel((request) => ["prompt" in request.input ? request.input.prompt : "", "!"]);
    await withChatServer(model, async ({ send }) => {
      const body = { model: "scripted", prompt: ["a", "b"], n: 2, seed: 10 };
      const { json } = await send("/v1/completions", body);
      expect(json).toMatchObject({ id: "cmpl-r1", object: "text_completion" });
      expect(json.choices.map(({ index, text }: { index: number; text: string }) => [index, text])).toEqual([
        [0, "a!"],
        [1, "a!"],
        [2, "b!"],
        [3, "b!"],
      ]);
      expect(json.usage).toEqual({ prompt_tokens: 14, completion_tokens: 8, total_tokens: 22 });
      expect(model.requests.map(({ seed, maxTokens }) => [seed, maxTokens])).toEqual([
        [10, 16],
        [11, 16],
        [12, 16],
        [13, 16],
      ]);
      const stream = events((await send("/v1/completions", { ...body, stream: true })).text);
      expect(stream.slice(0, 3)).toMatchObject([
        { object: "text_completion", choices: [{ index: 0, text: "a", finish_reason: null }] },
        { choices: [{ index: 0, text: "!" }] },
        { choices: [{ index: 0, text: "", finish_reason: "stop" }] },
      ]);
      expect(stream).toHaveLength(13);
    });
  });

  test("cut at stop strings, which the model need not know", async () => {
    const model = scriptedModel(["a<e", "nd>", "b", { text: "c", finishReason: "length" }]);
    await withChatServer(model, async ({ send }) => {
      const { json } = await send(CHAT, { ...ASKED, stop: "<end>" });
      expect(json.choices[0]).toMatchObject({
        message: { content: "a" },
        finish_reason: "stop",
        stop_reason: "<end>",
      });
      expect(json.usage.completion_tokens).toBe(2);
      const { json: whole } = await send(CHAT, { ...ASKED, stop: ["x", "y"] });
      expect(whole.choices[0]).toMatchObject({ message: { content: "a<end>bc" }, finish_reason: "length" });
    });
  });

  test("log-probabilities, whole and in parts", async () => {
    const top = [
      { token: "Yes", logprob: -0.1 },
      { token: " No", logprob: Number.NEGATIVE_INFINITY },
    ];
    const model = scriptedModel([
      { text: "Yes", logprobs: [{ token: "Yes", logprob: -0.1, top }] },
      { text: "", logprobs: [{ token: "�", bytes: [0xf0], logprob: -0.2, top: [] }] },
    ]);
    await withChatServer(model, async ({ send }) => {
      const content = [
        {
          token: "Yes",
          logprob: -0.1,
          bytes: [89, 101, 115],
          top_logprobs: [
            { token: "Yes", logprob: -0.1, bytes: [89, 101, 115] },
            { token: " No", logprob: -9999, bytes: [32, 78, 111] },
          ],
        },
        { token: "�", logprob: -0.2, bytes: [0xf0], top_logprobs: [] },
      ];
      const asked = { ...ASKED, logprobs: true, top_logprobs: 2 };
      const { json } = await send(CHAT, asked);
      expect(json.choices[0].logprobs).toEqual({ content, refusal: null });
      expect(model.requests[0].logprobs).toBe(2);
      const parts = events((await send(CHAT, { ...asked, stream: true })).text).slice(1, 3);
      expect(parts).toMatchObject(
        content.map((token) => ({ choices: [{ logprobs: { content: [token] } }] })),
      );
      const text = { model: "scripted", prompt: "p", logprobs: 1 };
      const inText = {
        tokens: ["Yes", "�"],
        token_logprobs: [-0.1, -0.2],
        top_logprobs: [{ Yes: -0.1, " No": -9999 }, {}],
        text_offset: [0, 3],
      };
      expect((await send("/v1/completions", text)).json.choices[0].logprobs).toEqual(inText);
      const second = events((await send("/v1/completions", { ...text, stream: true })).text)[1];
      expect(second).toMatchObject({ choices: [{ logprobs: { tokens: ["�"], text_offset: [3] } }] });
    });
  });

  test("models and health", async () => {
    const models = [hello(), scriptedModel([], { name: "org/other", contextLength: 5 })];
    await withChatServer(models, async ({ send }) => {
      const other = { id: "org/other", object: "model", created: 5, owned_by: "reprise", context_length: 5 };
      const { json } = await send("/v1/models");
      expect(json).toMatchObject({ object: "list", data: [{ id: "scripted" }, other] });
      expect((await send("/v1/models/org/other")).json).toEqual(other);
      expect((await send("/v1/models/org%2Fother?x=1")).json).toEqual(other);
      expect((await send("/v1/models/none")).json.error).toEqual({
        message: 'There is no model "none" here; there is scripted, org/other.',
        type: "not_found_error",
        param: "model",
        code: "model_not_found",
      });
      expect((await send("/v1/models/%")).status).toBe(400);
      expect((await send("/health")).json).toEqual({ status: "ok", running: 0, queued: 0 });
    });
  });
});

describe("addresses", () => {
  test("others' machines need a key", async () => {
    await expect(startChatServer({ models: [], host: "0.0.0.0" })).rejects.toThrow(
      "0.0.0.0 can be reached from other machines: give an apiKey, or serve on 127.0.0.1.",
    );
    const server = await startChatServer({ models: [], host: "0.0.0.0", apiKey: "k" });
    const { port } = new URL(server.url);
    const headers = { authorization: "Bearer k" };
    expect((await fetch(`http://127.0.0.1:${port}/v1/models`, { headers })).status).toBe(200);
    await server.close();
  });

  test("a port that is taken, and two models of one name", async () => {
    const server = await startChatServer({ models: [] });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const port = Number(new URL(server.url).port);
    await expect(startChatServer({ models: [], port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await server.close();
    await expect(startChatServer({ models: [hello(), hello()] })).rejects.toThrow(
      "Two models have the same name.",
    );
  });
});
