import { describe, expect, it } from "vitest";
import { createChatClient } from "../../../llm/chat";
import { type Answer, status, withFaultServer } from "../../../llm/chat/testing";
import { madeUpSet } from "../testing";
import { NothingWritten, probedClient, rewriteAll, rewriteByClient } from "./rewriting";

const { problems } = madeUpSet("EN", 1);
const [{ text }] = problems;

describe("through a server", () => {
  it("continues bare text, and rewrites by chat, each time with another seed", async () => {
    const continued = status(200, { choices: [{ text: " that n", finish_reason: "length" }] });
    const said = status(200, {
      choices: [{ message: { content: " Other words. \n" }, finish_reason: "stop" }],
    });
    await withFaultServer([continued, said], async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m" });
      expect(await probedClient(client).continue("such", 5)).toBe(" that n");
      expect(requests[0]).toMatchObject({
        path: "/v1/completions",
        body: { prompt: "such", max_tokens: 5, temperature: 0 },
      });
      expect(await rewriteAll(problems, rewriteByClient(client), { seed: 4 })).toEqual([
        Array(3).fill({ text: "Other words.", isCut: false }),
      ]);
      expect(requests.slice(1).map(({ path, body }) => [path, body["seed"]])).toEqual(
        [4, 5, 6].map((seed) => ["/v1/chat/completions", seed]),
      );
      const [{ content }] = requests[1].body["messages"] as { content: string }[];
      expect(content.endsWith(`\n\n${text}`)).toBe(true);
      client.close();
    });
  });

  it("has no guess of a model that ends before it has foretold enough", async () => {
    const ended = status(200, { choices: [{ text: " that", finish_reason: "stop" }] });
    await withFaultServer([ended], async ({ url }) => {
      const client = createChatClient({ baseUrl: url, model: "m" });
      expect(await probedClient(client).continue("such", 5)).toBe("");
      client.close();
    });
  });

  it("takes what follows the thoughts, says what was cut off, and asks again where nothing was written", async () => {
    const said = (content: string, finish = "stop"): Answer =>
      status(200, { choices: [{ message: { content }, finish_reason: finish }] });
    const answers = [
      said("<think>In other\n\nwords?</think>\n\nSay it.", "length"),
      said(" \n"),
      said("<think>Far too", "length"),
      said("Found."),
      said(""),
    ];
    await withFaultServer(answers, async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m" });
      const rewrite = rewriteByClient(client, { temperature: 0.3, maxTokens: 70 });
      expect(await rewrite(text, "EN", 1)).toEqual({ text: "Say it.", isCut: true });
      expect(await rewrite(text, "ZH", 2)).toEqual({ text: "Found.", isCut: false });
      expect(requests[0].body).toMatchObject({ temperature: 0.3, max_tokens: 70, seed: 1 });
      expect(requests.slice(1).map(({ body }) => body["seed"])).toEqual([2, 1_000_005, 2_000_008]);
      await expect(rewrite(text, "EN", 3)).rejects.toThrow(NothingWritten);
      expect(requests).toHaveLength(8);
      client.close();
    });
  });
});
