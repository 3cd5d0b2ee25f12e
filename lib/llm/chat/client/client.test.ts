import { describe, expect, test } from "vitest";
import { type Answer, chunk, DONE, gate, status, stream } from "../testing";
import type { Delta } from "./reply";
import { ASKED, collect, good, plain, scene, USAGE } from "./testing";

describe("a completion", () => {
  test("is collected from a stream", async () => {
    await scene([good], async ({ client, requests, records }) => {
      expect(await client.complete(ASKED)).toEqual({
        id: "chatcmpl-1",
        model: "m",
        text: "Hello",
        reasoning: "",
        finishReason: "stop",
        usage: { promptTokens: 5, completionTokens: 2 },
      });
      expect(requests[0]).toMatchObject({
        method: "POST",
        path: "/v1/chat/completions",
        body: { model: "m", messages: ASKED.messages, stream: true, stream_options: { include_usage: true } },
      });
      const usage = { promptTokens: 5, completionTokens: 2 };
      expect(records).toEqual([
        { path: "/chat/completions", attempt: 1, startedAt: 0, endedAt: 0, outcome: "answered", usage },
      ]);
      expect(client.spent()).toEqual({ requests: 1, ...usage, cost: 0 });
    });
  });

  test("comes whole where no stream is wanted, or the server cannot", async () => {
    await scene([plain], async ({ client, requests }) => {
      const reply = await client.complete(ASKED, { stream: false });
      expect(reply).toMatchObject({ id: "chatcmpl-2", model: "m-1", text: "Hello", finishReason: "stop" });
      expect(requests[0].body).toEqual({ model: "m", messages: ASKED.messages });
      expect(await collect(client.stream(ASKED))).toEqual(["Hello"]);
    });
  });

  test("comes in parts", async () => {
    await scene([good], async ({ client }) => {
      const parts = client.stream(ASKED);
      expect(await parts.next()).toMatchObject({ value: { text: "Hel" } });
      expect(await parts.next()).toMatchObject({ value: { text: "lo" } });
      expect(await parts.next()).toMatchObject({
        done: true,
        value: { text: "Hello", finishReason: "stop" },
      });
    });
  });

  test("sends every option by the protocol's name", async () => {
    await scene([good], async ({ client, requests }) => {
      const sampling = {
        maxTokens: 9,
        temperature: 0.6,
        topP: 0.95,
        topK: 20,
        minP: 0,
        seed: 3,
        stop: ["x"],
      };
      await client.complete({
        ...ASKED,
        ...sampling,
        repetitionPenalty: 1.05,
        logprobs: 5,
        continueFinal: true,
      });
      expect(requests[0].body).toMatchObject({
        max_tokens: 9,
        temperature: 0.6,
        top_p: 0.95,
        top_k: 20,
        min_p: 0,
        repetition_penalty: 1.05,
        seed: 3,
        stop: ["x"],
        logprobs: true,
        top_logprobs: 5,
        continue_final_message: true,
        add_generation_prompt: false,
      });
      const extra = { max_tokens: undefined, max_completion_tokens: 9, stream_options: undefined };
      await client.complete({ prompt: "p", model: "n", maxTokens: 9, logprobs: 0, stop: [], extra });
      expect(requests[1].path).toBe("/v1/completions");
      expect(requests[1].body).toEqual({
        model: "n",
        prompt: "p",
        logprobs: 0,
        stream: true,
        max_completion_tokens: 9,
      });
    });
  });

  test("keeps thoughts apart, under either name", async () => {
    const thought = (field: string) =>
      `data: ${JSON.stringify({ choices: [{ delta: { [field]: "hm", content: null }, finish_reason: null }] })}\n\n`;
    const details = {
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    };
    const usage = `data: ${JSON.stringify({ choices: [], usage: { ...USAGE, ...details } })}\n\n`;
    const answer = stream(
      thought("reasoning"),
      thought("reasoning_content"),
      chunk("Yes", "stop"),
      usage,
      DONE,
    );
    await scene([answer], async ({ client }) => {
      expect(await client.complete(ASKED)).toMatchObject({
        text: "Yes",
        reasoning: "hmhm",
        usage: { promptTokens: 5, completionTokens: 2, cachedTokens: 4, reasoningTokens: 2 },
      });
    });
  });

  test("reads log-probabilities of both protocols", async () => {
    const ofChat = {
      content: [
        {
          token: "Yes",
          logprob: -0.05,
          bytes: [89, 101, 115],
          top_logprobs: [
            { token: "Yes", logprob: -0.05, bytes: null },
            { token: "No", logprob: -3 },
          ],
        },
      ],
    };
    const ofText = {
      tokens: ["p", "Yes"],
      token_logprobs: [null, -0.05],
      top_logprobs: [null, { No: -3, Yes: -0.05 }],
    };
    const text = { choices: [{ text: "Yes", finish_reason: "stop", logprobs: ofText }] };
    const top = [
      { token: "Yes", logprob: -0.05 },
      { token: "No", logprob: -3 },
    ];
    await scene(
      [stream(chunk("Yes", "stop", { logprobs: ofChat }), DONE), status(200, text)],
      async ({ client }) => {
        expect((await client.complete(ASKED)).logprobs).toEqual([
          { token: "Yes", logprob: -0.05, bytes: [89, 101, 115], top },
        ]);
        expect((await client.complete({ prompt: "p" })).logprobs).toEqual([
          { token: "Yes", logprob: -0.05, top },
        ]);
      },
    );
  });

  test("tells which stop string ended it, where the server tells", async () => {
    const ended = (stop_reason: unknown) => stream(chunk("a", "stop", { stop_reason }), DONE);
    await scene([ended("<end>"), ended(null), ended(2), good], async ({ client }) => {
      const reasons = [1, 2, 3, 4].map(async () => (await client.complete(ASKED)).stopReason);
      expect(await Promise.all(reasons)).toEqual(["<end>", null, null, undefined]);
    });
  });

  test("survives a stream that is cut within characters and line ends", async () => {
    const bytes = Buffer.from((chunk("größe 🎉") + chunk("", "stop") + DONE).replaceAll("\n", "\r\n"));
    await scene([stream(...Array.from(bytes, (byte) => Uint8Array.of(byte)))], async ({ client }) => {
      expect((await client.complete(ASKED)).text).toBe("größe 🎉");
    });
  });

  test("needs no end mark where the completion has ended", async () => {
    await scene([stream(chunk("a", "length"))], async ({ client }) => {
      expect(await client.complete(ASKED)).toMatchObject({ text: "a", finishReason: "length" });
    });
  });

  test("ends where the watcher has seen enough", async () => {
    const left = gate();
    const answer: Answer = (response) => {
      response.once("close", () => left.open());
      stream(chunk("a"), chunk("b"), "hang")(response, {} as never);
    };
    await scene([answer], async ({ client, records }) => {
      const watch = () => {
        let seen = "";
        return ({ text }: Delta) => {
          seen += text;
          return seen === "ab";
        };
      };
      expect(await client.complete(ASKED, { watch })).toMatchObject({ text: "ab", finishReason: "cut" });
      await left.promise; // the server knows
      expect(records[0].outcome).toBe("answered");
    });
  });

  test("lists models", async () => {
    const list = status(200, { object: "list", data: [{ id: "a" }, { id: "b" }] });
    await scene([status(500, {}), list, status(200, { data: 1 })], async ({ client, requests }) => {
      expect(await client.models()).toEqual(["a", "b"]);
      expect(requests[0]).toMatchObject({ method: "GET", path: "/v1/models" });
      await expect(client.models()).rejects.toThrow("The server's list of models cannot be read.");
    });
  });
});
