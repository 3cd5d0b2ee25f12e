import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import { join } from "node:path";
import OpenAI, { APIError, BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyGguf } from "../llm/generation/testing";
import { tf } from "../tensor";
import { CommandError } from "./errors";
import { projectPaths } from "./paths";
import { openServer, type RunningServer, type ServeOptions } from "./serve";

const folder = mkdtempSync(join(os.tmpdir(), "reprise-serve-"));
const file = join(folder, "Tiny.gguf");
writeFileSync(file, tinyGguf());
const SMOLLM2 = process.env.REPRISE_SMOLLM2;
/** To run 134 million parameters on a busy machine. */
const MOST_MILLISECONDS = 300_000;
afterAll(() => rmSync(folder, { recursive: true }));

const MESSAGES = [{ role: "user" as const, content: "here is something to answer" }];
const ASKED = { model: "tiny", messages: MESSAGES, max_tokens: 12, temperature: 0.9, seed: 3 };

describe("a server of a model in a file", () => {
  let server: RunningServer;
  let client: OpenAI;
  let before: number;
  const lines: string[] = [];

  beforeAll(async () => {
    before = tf.memory().numTensors;
    server = await openServer({ model: file, port: "0" }, (line) => lines.push(line));
    client = new OpenAI({ baseURL: server.url, apiKey: "none", maxRetries: 0 });
  });

  afterAll(async () => {
    await server.close();
    expect(tf.memory().numTensors).toBe(before);
    expect(lines).toEqual([`Loading ${file} ..`]); // and no request failed for the server's fault
  });

  test("answers a chat, again the same with the same seed", async () => {
    const first = await client.chat.completions.create(ASKED);
    expect(first.choices).toHaveLength(1);
    expect(first.choices[0].finish_reason).toBe("length");
    expect(first.choices[0].message.content).not.toBe("");
    expect(first.usage).toMatchObject({ completion_tokens: 12 });
    const again = await client.chat.completions.create(ASKED);
    expect(again.choices).toEqual(first.choices);
    expect(again.usage?.prompt_tokens_details?.cached_tokens).toBe(first.usage?.prompt_tokens);
    const other = await client.chat.completions.create({ ...ASKED, seed: 4 });
    expect(other.choices[0].message.content).not.toBe(first.choices[0].message.content);
  });

  test("streams what it answers whole", async () => {
    const whole = await client.chat.completions.create(ASKED);
    const stream = await client.chat.completions.create({
      ...ASKED,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let chunks = 0;
    let tokens: number | undefined;
    for await (const { choices, usage } of stream) {
      chunks++;
      text += choices[0]?.delta.content ?? "";
      tokens = usage?.completion_tokens ?? tokens;
    }
    expect([text, tokens]).toEqual([whole.choices[0].message.content, 12]);
    expect(chunks).toBeGreaterThan(3);
  });

  test("completes several samples, each as with a seed of its own", async () => {
    const { choices, usage } = await client.chat.completions.create({ ...ASKED, n: 3 });
    expect(usage?.completion_tokens).toBe(36);
    for (const [k, { message }] of choices.entries()) {
      const own = await client.chat.completions.create({ ...ASKED, seed: ASKED.seed + k });
      expect(message.content).toBe(own.choices[0].message.content);
    }
  });

  test("ends at a stop string, which is left out", async () => {
    const whole = (await client.chat.completions.create(ASKED)).choices[0].message.content!;
    const stop = whole.slice(4, 7);
    const cut = await client.chat.completions.create({ ...ASKED, stop });
    expect(cut.choices[0].finish_reason).toBe("stop");
    expect(cut.choices[0].message.content).toBe(whole.slice(0, whole.indexOf(stop)));
  });

  test("tells log-probabilities, of chats and of texts", async () => {
    const { choices } = await client.chat.completions.create({ ...ASKED, logprobs: true, top_logprobs: 3 });
    const { content } = choices[0].logprobs!;
    expect(content).toHaveLength(12);
    for (const { logprob, top_logprobs } of content!) {
      expect(logprob).toBeLessThanOrEqual(top_logprobs[0].logprob);
      expect(top_logprobs.map((one) => one.logprob)).toEqual(
        top_logprobs.map((one) => one.logprob).sort((a, b) => b - a),
      );
    }
    const prompt = "here is a text";
    const text = await client.completions.create({
      model: "tiny",
      prompt,
      max_tokens: 5,
      logprobs: 2,
      seed: 1,
    });
    const { tokens, token_logprobs } = text.choices[0].logprobs!;
    expect([tokens!.length, token_logprobs!.length]).toEqual([5, 5]);
  });

  test("stops writing when its client has gone", async () => {
    // All that the context holds, which would be some 100 tokens.
    const stream = await client.chat.completions.create({ ...ASKED, max_tokens: undefined, stream: true });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 3) break;
    const running = async () => {
      const health = await fetch(new URL("/health", server.url));
      return ((await health.json()) as { running: number }).running;
    };
    while ((await running()) > 0);
    expect((await client.chat.completions.create(ASKED)).choices[0].finish_reason).toBe("length");
  });

  test("refuses what it cannot answer, and says why", async () => {
    const refusal = (of: Promise<unknown>) => of.then(() => undefined).catch((error) => error);
    const long = [{ role: "user" as const, content: "word ".repeat(200) }];
    const tooLong = await refusal(client.chat.completions.create({ ...ASKED, messages: long }));
    expect(tooLong).toBeInstanceOf(BadRequestError);
    expect(tooLong).toMatchObject({ status: 400, code: "context_length_exceeded" });
    expect(tooLong.message).toMatch(/maximum context length is 160 tokens; the prompt has \d+/);
    const unknown = await refusal(client.chat.completions.create({ ...ASKED, model: "huge" }));
    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(unknown.message).toMatch('There is no model "huge" here; there is tiny.');
    const big = [{ role: "user" as const, content: "x".repeat(5 * 2 ** 20) }];
    const tooLarge = await refusal(client.chat.completions.create({ ...ASKED, messages: big }));
    expect(tooLarge).toBeInstanceOf(APIError);
    expect(tooLarge.status).toBe(413);
    const headers = { "content-type": "application/json" };
    const broken = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers,
      body: '{"model":',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });
});

describe("mistakes are named, with what to do", () => {
  async function mistake(options: ServeOptions): Promise<string> {
    const error = await openServer({ model: file, port: "0", ...options }, () => {}).catch((error) => error);
    expect(error).toBeInstanceOf(CommandError);
    return [error.message, ...error.remedies].join(" | ");
  }

  test("options", async () => {
    expect(await mistake({ port: "http" })).toBe('--port must be a whole number from 0 to 65535, not "http"');
    expect(await mistake({ port: "70000" })).toMatch("--port");
    expect(await mistake({ running: "0" })).toBe('--running must be a whole number from 1, not "0"');
    expect(await mistake({ queued: "-1" })).toMatch("--queued");
    expect(await mistake({ cache: "lots" })).toMatch(/"lots" is no amount of memory \| .*--cache/);
    expect(await mistake({ context: "500" })).toMatch("The context must be 2 to 160 tokens");
  });

  test("models", async () => {
    expect(await mistake({ model: join(folder, "none.gguf") })).toMatch(
      /there is no file or folder .*none\.gguf/,
    );
    const wrong = join(folder, "wrong.gguf");
    writeFileSync(wrong, "not a model");
    expect(await mistake({ model: wrong })).toMatch("wrong.gguf");
    expect(await mistake({ model: folder })).toMatch(/tokenizer\.json: it is not there/);
  });

  test("the data set that is not on this machine", async () => {
    const nowhere = { given: undefined, cache: folder };
    const missing = openServer({ port: "0" }, () => {}, nowhere).catch((error) => error);
    const { message, remedies } = (await missing) as CommandError;
    expect(message).toMatch(/the model smollm2-135m-instruct cannot be used: .* is not on this machine/);
    expect(remedies[0]).toBe("npx reprise data fetch smollm2-135m-instruct");
  });

  test("addresses", async () => {
    const before = tf.memory().numTensors;
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    expect(await mistake({ port: String(port) })).toMatch(
      `port ${port} is in use | name another with --port`,
    );
    await new Promise((resolve) => other.close(resolve));
    expect(await mistake({ host: "0.0.0.0" })).toMatch(/can be reached from other machines.*--api-key/);
    expect(await mistake({ host: "203.0.113.7", apiKey: "key" })).toMatch("this machine has no such address");
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("npx reprise serve says where it is, and ends in order with Ctrl-C", async () => {
  const { root } = projectPaths();
  const child = spawn(
    process.execPath,
    [join(root, "scripts/reprise.cjs"), "serve", "--model", file, "--name", "it's", "--port", "0"],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("/chat/completions")) resolve();
    });
    child.on("close", () => reject(new Error(text)));
  });
  const url = /it's is served at (http:\S+\/v1); Ctrl-C ends it\./.exec(text)![1];
  const client = new OpenAI({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const answer = await client.chat.completions.create({ ...ASKED, model: "it's" });
  expect(answer.usage?.completion_tokens).toBe(12);
  expect(text).toContain(`curl ${url}/chat/completions`);
  expect(text).toContain(String.raw`"model":"it'\''s"`);
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(text).toMatch("Closing: what runs may finish");
});

test.runIf(SMOLLM2)(
  "SmolLM2 knows the capital of France",
  async () => {
    const server = await openServer({ model: SMOLLM2, port: "0", name: "smollm2" }, () => {});
    const client = new OpenAI({ baseURL: server.url, apiKey: "none", maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "What is the capital of France?" }];
    const { choices, usage } = await client.chat.completions.create({
      model: "smollm2",
      messages,
      temperature: 0,
      max_tokens: 40,
    });
    expect(choices[0].message.content).toContain("Paris");
    expect(choices[0].finish_reason).toBe("stop");
    expect(usage!.completion_tokens).toBeLessThan(40);
    await server.close();
  },
  MOST_MILLISECONDS,
);
