import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
} from "openai";
import { describe, expect, test } from "vitest";
import { gate, type ScriptedModel, scriptedModel } from "../testing";
import { type ServerScene, withChatServer } from "./testing";

/** Runs `act` with OpenAI's own client beside our server. */
async function scene(
  model: ScriptedModel,
  act: (client: OpenAI, scene: ServerScene) => Promise<void>,
): Promise<void> {
  await withChatServer(
    model,
    (server) => act(new OpenAI({ baseURL: server.url, apiKey: "key", maxRetries: 0 }), server),
    { apiKey: "key" },
  );
}

const ASKED = { model: "scripted", messages: [{ role: "user" as const, content: "Hello?" }] };

describe("OpenAI's client", () => {
  test("reads a chat completion with log-probabilities", async () => {
    const logprobs = [{ token: "Hello", logprob: -0.5, top: [{ token: "Hello", logprob: -0.5 }] }];
    await scene(scriptedModel([{ text: "Hello", logprobs }]), async (client) => {
      const reply = await client.chat.completions.create({ ...ASKED, logprobs: true, top_logprobs: 1 });
      expect(reply.choices[0].message.content).toBe("Hello");
      expect(reply.choices[0].finish_reason).toBe("stop");
      expect(reply.choices[0].logprobs?.content?.[0].top_logprobs[0]).toMatchObject({
        token: "Hello",
        logprob: -0.5,
      });
      expect(reply.usage?.total_tokens).toBe(8);
    });
  });

  test("reads a stream, and puts it together again", async () => {
    await scene(scriptedModel(["Grö", "ße ", "🎉"]), async (client) => {
      const parts = await client.chat.completions.create({
        ...ASKED,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let total: number | undefined;
      for await (const { choices, usage } of parts) {
        text += choices[0]?.delta.content ?? "";
        total = usage?.total_tokens ?? total;
      }
      expect([text, total]).toEqual(["Größe 🎉", 10]);
      const runner = client.chat.completions.stream({ ...ASKED, n: 2 });
      const final = await runner.finalChatCompletion();
      expect(final.choices.map(({ message }) => message.content)).toEqual(["Größe 🎉", "Größe 🎉"]);
    });
  });

  test("reads text completions, whole and in parts", async () => {
    await scene(scriptedModel(["a", "b"]), async (client) => {
      const asked = { model: "scripted", prompt: "p" };
      expect((await client.completions.create(asked)).choices[0].text).toBe("ab");
      let text = "";
      for await (const { choices } of await client.completions.create({ ...asked, stream: true }))
        text += choices[0].text;
      expect(text).toBe("ab");
    });
  });

  test("lists models", async () => {
    await scene(scriptedModel([]), async (client) => {
      const models = await client.models.list();
      expect(models.data.map(({ id }) => id)).toEqual(["scripted"]);
      expect((await client.models.retrieve("scripted")).id).toBe("scripted");
    });
  });

  test("understands our errors", async () => {
    await scene(scriptedModel(["a"]), async (client, { url }) => {
      const stranger = new OpenAI({ baseURL: url, apiKey: "wrong", maxRetries: 0 });
      await expect(stranger.models.list()).rejects.toBeInstanceOf(AuthenticationError);
      const missing = await client.chat.completions.create({ ...ASKED, model: "x" }).catch((error) => error);
      expect(missing).toBeInstanceOf(NotFoundError);
      expect(missing).toMatchObject({ code: "model_not_found", param: "model" });
      const wrong = await client.chat.completions
        .create({ ...ASKED, temperature: 3 })
        .catch((error) => error);
      expect(wrong).toBeInstanceOf(BadRequestError);
      expect(wrong).toMatchObject({ param: "temperature" });
    });
    const broken = async () => {
      throw new Error("broken");
    };
    await scene(scriptedModel(["a", broken]), async (client) => {
      const parts = await client.chat.completions.create({ ...ASKED, stream: true });
      const read = async () => {
        for await (const _ of parts);
      };
      const error = await read().catch((error) => error);
      expect(error).toBeInstanceOf(APIError);
      expect(error.message).toMatch(/failed here/);
    });
  });

  test("cancels by leaving, and is told when the server closes", async () => {
    const cancelled = gate();
    const model = scriptedModel((_, signal) => [
      "a",
      () =>
        new Promise<void>((_, reject) => {
          signal.addEventListener("abort", () => {
            cancelled.open();
            reject(signal.reason);
          });
        }),
    ]);
    await scene(model, async (client, { close }) => {
      for await (const { choices } of await client.chat.completions.create({ ...ASKED, stream: true }))
        if (choices[0].delta.content === "a") break;
      await cancelled.promise;
      await close();
      await expect(client.models.list()).rejects.toBeInstanceOf(APIConnectionError);
    });
  });
});
