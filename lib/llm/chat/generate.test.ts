import { describe, expect, test } from "vitest";
import { type ModelRequest, roomFor } from "./chatModel";
import { createChatClient } from "./client/client";
import { ChatError } from "./client/error";
import { type Continuation, type Generate, localGenerate, remoteGenerate } from "./generate";
import { withChatServer } from "./server/testing";
import {
  chunk,
  createTestClock,
  DONE,
  type ScriptedModel,
  scriptedModel,
  status,
  stream,
  withFaultServer,
} from "./testing";

const [BEGIN, END] = ["<|begin_search_query|>", "<|end_search_query|>"];
const [RESULT, RESULT_END] = ["<|begin_search_result|>", "<|end_search_result|>"];
const template = (user: string) => `<user>${user}<assistant>`;
const SAMPLING = { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05, maxTokens: 50, seed: 1 };

/** What the model writes next, by what has been written: a search, then the answer, its tags cut over several tokens. */
function searcher(): ScriptedModel {
  return scriptedModel(({ input }) => {
    const text = "prompt" in input ? input.prompt : input.messages.map(({ content }) => content).join("");
    return text.includes(RESULT_END)
      ? ["So it is ", "1931", "."]
      : [
          "Let me look. <|begin_sea",
          "rch_query|>bridge opened<|",
          "end_search_",
          "query|>",
          " and more",
          " yet",
        ];
  });
}

/** A question answered with one search: everything that was written. */
async function transcript(generate: Generate): Promise<string[]> {
  const parts: string[] = [];
  for (;;) {
    const { text, finish, usage } = await generate(
      { user: "When?", written: parts.join("") },
      { ...SAMPLING, stop: [END] },
    );
    parts.push(text);
    expect(usage).toEqual({ promptTokens: 7, completionTokens: finish === "stop" ? 4 : 3 });
    if (finish === "eos") return parts;
    parts.push(`${RESULT}opened in 1931${RESULT_END}`);
  }
}

describe("a chain with a tool", () => {
  const expected = [
    `Let me look. ${BEGIN}bridge opened${END}`,
    `${RESULT}opened in 1931${RESULT_END}`,
    "So it is 1931.",
  ];

  test("in this process", async () => {
    const model = searcher();
    expect(await transcript(localGenerate(model, template))).toEqual(expected);
    expect(model.requests[1]).toEqual({
      ...SAMPLING,
      stop: [END],
      input: { prompt: template("When?") + expected[0] + expected[1] },
    });
  });

  const asked = { role: "user", content: "When?" } as const;
  const written = { role: "assistant", content: expected[0] + expected[1] } as const;
  test.each<[string, Continuation, ModelRequest["input"][]]>([
    [
      "raw",
      { kind: "raw", template },
      [{ prompt: template("When?") }, { prompt: template("When?") + written.content }],
    ],
    [
      "prefill",
      { kind: "prefill" },
      [
        { messages: [asked], continueFinal: false },
        { messages: [asked, written], continueFinal: true },
      ],
    ],
    [
      "a turn",
      { kind: "turn", instruction: "Go on." },
      [
        { messages: [asked], continueFinal: false },
        { messages: [asked, written, { role: "user", content: "Go on." }], continueFinal: false },
      ],
    ],
  ])("through our server, continued by %s: the same", async (_, continuation, inputs) => {
    const model = searcher();
    await withChatServer(model, async ({ url }) => {
      const client = createChatClient({ baseUrl: url, model: "scripted", clock: createTestClock() });
      expect(await transcript(remoteGenerate(client, { continuation }))).toEqual(expected);
      expect(model.requests).toEqual(inputs.map((input) => ({ ...SAMPLING, stop: [END], input })));
      client.close();
    });
  });
});

describe("servers that do otherwise", () => {
  const continuation = { kind: "raw", template } as const;
  const stop = ["<end>", "</x>"];
  const opens = { "<end>": "<begin>", "</x>": "<x>" };

  /** What is generated from a server's stream. */
  async function from(
    parts: readonly string[],
    options: { stop?: string[]; opens?: Record<string, string> } = {},
  ) {
    let result: unknown;
    await withFaultServer([stream(...parts)], async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m", clock: createTestClock() });
      const generate = remoteGenerate(client, { continuation, opens: options.opens });
      result = {
        ...(await generate({ user: "u" }, { stop: options.stop ?? stop })),
        sent: requests[0].body.stop,
      };
      client.close();
    });
    return result;
  }

  test.each<[string, string[], Record<string, string> | undefined, string, string]>([
    [
      "keeps the stop string",
      [chunk("a<begin>q<e"), chunk("nd>"), chunk("", "stop"), DONE],
      opens,
      "a<begin>q<end>",
      "stop",
    ],
    ["goes on after it", [chunk("a<end>"), chunk("b"), "hang"], opens, "a<end>", "stop"],
    ["goes on after it within a chunk", [chunk("a<end>b", "length"), DONE], opens, "a<end>", "stop"],
    ["strips it and says which", [chunk("a", "stop", { stop_reason: "</x>" }), DONE], {}, "a</x>", "stop"],
    ["strips it and says nothing", [chunk("a<begin>q", "stop"), DONE], opens, "a<begin>q<end>", "stop"],
    ["the innermost is closed", [chunk("<x>a<begin>q", "stop"), DONE], opens, "<x>a<begin>q<end>", "stop"],
    ["nothing is open", [chunk("a", "stop"), DONE], opens, "a", "eos"],
    [
      "says that the turn has ended",
      [chunk("a<begin>q", "stop", { stop_reason: null }), DONE],
      opens,
      "a<begin>q",
      "eos",
    ],
    ["has no more tokens", [chunk("a<begin>q", "length"), DONE], opens, "a<begin>q", "length"],
  ])("one that %s", async (_, parts, opens, text, finish) => {
    expect(await from(parts, { opens })).toMatchObject({ text, finish });
  });

  test("takes 4 stop strings: the others are watched for here", async () => {
    const five = ["1", "2", "3", "4", "5"];
    const result = await from([chunk("a5"), chunk("b"), "hang"], { stop: five });
    expect(result).toMatchObject({ text: "a5", finish: "stop", sent: ["1", "2", "3", "4"] });
  });

  test("ends for a reason of its own", async () => {
    await expect(from([chunk("a", "content_filter"), DONE])).rejects.toMatchObject({
      kind: "protocol",
      partial: "a",
      message: 'The server ended the completion for "content_filter".',
    });
  });
});

describe("a context that is too small", () => {
  const tooLong = status(400, { error: { message: "too long", code: "context_length_exceeded" } });

  test("halves the tokens asked for until they fit", async () => {
    await withFaultServer([tooLong, tooLong, stream(chunk("a", "stop"), DONE)], async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m", clock: createTestClock() });
      const generate = remoteGenerate(client, { continuation: { kind: "prefill" } });
      expect((await generate({ user: "u" }, { maxTokens: 1_001 })).text).toBe("a");
      expect(requests.map(({ body }) => body.max_tokens)).toEqual([1_001, 500, 250]);
      client.close();
    });
    const model = scriptedModel(({ maxTokens }) => [String(roomFor({ contextLength: 100 }, 60, maxTokens))]);
    expect((await localGenerate(model, template)({ user: "u" }, { maxTokens: 100 })).text).toBe("25");
  });

  test("gives up where the prompt alone is too long", async () => {
    await withFaultServer([tooLong], async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m", clock: createTestClock() });
      const generate = remoteGenerate(client, { continuation: { kind: "prefill" } });
      await expect(generate({ user: "u" }, { maxTokens: 100 })).rejects.toBeInstanceOf(ChatError);
      expect(requests.map(({ body }) => body.max_tokens)).toEqual([100, 50, 25]);
      client.close();
    });
  });
});
