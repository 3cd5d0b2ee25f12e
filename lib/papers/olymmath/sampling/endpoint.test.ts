import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { type ChatClientOptions, createChatClient, startChatServer } from "../../../llm/chat";
import { type Answer, chunk, DONE, status, stream, withFaultServer } from "../../../llm/chat/testing";
import { localModel } from "../../../llm/generation";
import { tinyPretrained } from "../../../llm/generation/testing";
import { tf } from "../../../tensor";
import { gradeLog } from "../grading/grade";
import { setMetrics } from "../metrics/setMetrics";
import { ableModel, madeUpSet, samplesOf, TEST_SETTINGS } from "../testing";
import type { SampleBackend } from "./backend";
import { endpointBackend } from "./endpoint";
import { inProcessBackend } from "./inProcess";
import { replayBackend } from "./replay";
import { drawSamples, type SamplingOptions } from "./run";
import { withSampleLog } from "./sampleLog";
import { settingsId } from "./settings";

const sets = [madeUpSet("EN", 4), madeUpSet("ZH", 4)];
const problems = sets.flatMap((set) => set.problems);
const able = ableModel(sets, () => ({ right: 0.5, trapped: 0.2 }));

function drawAll(
  path: string,
  backend: SampleBackend,
  options: SamplingOptions = {},
  settings = TEST_SETTINGS,
  samples = 4,
) {
  return withSampleLog(path, (log) => drawSamples({ sets, samples, settings }, backend, log, options));
}

const sorted = async (path: string) => (await samplesOf(path)).sort((a, b) => (a.key < b.key ? -1 : 1));
const textsOf = async (path: string) =>
  (await sorted(path)).map((record) => [
    record.key,
    record.status === "answered" ? record.text : record.error,
  ]);

/** The able model behind a server, whose every other answer is a fault, one kind after the other. */
function faulty(faults: readonly Answer[]): Answer {
  let requests = 0;
  return async (response, request) => {
    if (requests++ % 2 === 0) return faults[(requests >> 1) % faults.length](response, request);
    const {
      messages,
      seed,
      stream: streams,
    } = request.body as { messages: never[]; seed: number; stream?: boolean };
    const texts: string[] = [];
    const input = { messages, continueFinal: false };
    const asked = { input, seed, temperature: 1, topP: 1, stop: [] };
    for await (const { text } of able.complete(asked, new AbortController().signal)) texts.push(text);
    const usage = { prompt_tokens: 7, completion_tokens: 3 };
    if (streams) {
      const last = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
      return stream(...texts.map((text) => chunk(text)), chunk("", "stop"), last, DONE)(response, request);
    }
    const choice = { index: 0, message: { content: texts.join("") }, finish_reason: "stop" };
    return status(200, { choices: [choice], usage })(response, request);
  };
}

const QUICK: Partial<ChatClientOptions> = {
  retry: { attempts: 30, base: 1, cap: 2 },
  timeouts: { idle: 100 },
  breaker: { failures: 1_000 },
};

describe("endpointBackend", () => {
  it("through a server that fails in every way, the same samples and the same results", async () => {
    const faults: Answer[] = [
      status(429, { error: { message: "slow down" } }, { "retry-after-ms": "3" }),
      status(500, {}),
      (response) => void response.destroy(),
      stream(chunk("\\boxed{8"), chunk("} is"), "break"),
      stream(chunk("\\boxed{8}"), "hang"),
      stream(chunk("\\boxed{"), 'data: {"error":{"message":"worker died"}}\n\n'),
    ];
    await withTemporaryFolder(async (folder) => {
      const [plain, path] = [join(folder, "plain.jsonl"), join(folder, "faults.jsonl")];
      await drawAll(plain, inProcessBackend(able));
      await withFaultServer([faulty(faults)], async ({ url, requests }) => {
        const client = createChatClient({ ...QUICK, baseUrl: url });
        const outcome = await drawAll(path, endpointBackend(client, { model: "able" }), { concurrency: 3 });
        client.close();
        expect(outcome).toMatchObject({ ended: "complete", answered: 32, failed: 0 });
        expect(requests.length).toBeGreaterThan(60);
        expect(requests[0].body).toMatchObject({
          model: "able",
          temperature: 0.6,
          top_p: 0.95,
          max_tokens: 50,
          stream: true,
        });
        expect(requests[0].body).not.toHaveProperty("min_p");
      });
      expect(await textsOf(path)).toEqual(await textsOf(plain));
      const measures = async (log: string) =>
        setMetrics(
          await gradeLog(log, problems, "want", { model: "able", settingsId: settingsId(TEST_SETTINGS) }),
          { resamples: 200 },
        );
      expect(await measures(path)).toEqual(await measures(plain));
      // What broke off was paid for all the same.
      const lost = (await samplesOf(path)).flatMap((record) => record.lost ?? []);
      expect(lost.length).toBeGreaterThan(5);
      expect(
        lost.every(({ promptTokens, completionTokens }) => promptTokens > 20 && completionTokens >= 3),
      ).toBe(true);
    });
  });

  it("books failures that stay, with what their attempts used, and throws what no sample could survive", async () => {
    await withTemporaryFolder(async (folder) => {
      const tooLong = status(400, { error: { code: "context_length_exceeded", message: "Too long." } });
      const broken = stream(chunk("123456"), "break");
      const draw = (
        name: string,
        answers: Answer[],
        options: Partial<ChatClientOptions> = {},
        more: SamplingOptions = {},
      ) =>
        withFaultServer(answers, async ({ url }) => {
          const client = createChatClient({ ...QUICK, ...options, baseUrl: url });
          const backend = endpointBackend(client, { model: "able" });
          return drawAll(join(folder, name), backend, { concurrency: 1, mostFailures: 2, ...more }).finally(
            client.close,
          );
        });
      expect(await draw("long", [tooLong])).toMatchObject({
        ended: "unwell",
        failed: 2,
        spent: { promptTokens: 0 },
      });
      expect((await samplesOf(join(folder, "long")))[0]).toMatchObject({
        status: "failed",
        error: "contextLength: The server answered 400: Too long.",
        cost: 0,
      });
      const retry = { attempts: 2, base: 1 };
      expect(await draw("broken", [broken], { retry })).toMatchObject({ ended: "unwell", failed: 2 });
      expect((await samplesOf(join(folder, "broken")))[0].lost).toMatchObject({ completionTokens: 4 }); // 2 of 6 bytes
      const denied = status(401, { error: { message: "Wrong key." } });
      await expect(draw("denied", [denied])).rejects.toThrow("The server answered 401: Wrong key.");
      expect(await samplesOf(join(folder, "denied"))).toEqual([]);
      const resting = { retry: { attempts: 1 }, breaker: { failures: 2, rest: 5 } };
      const outcome = await draw("resting", [status(503, {})], resting, { mostFailures: 100 });
      expect(outcome).toMatchObject({ ended: "unwell", answered: 0 });
      expect(outcome.reason).toMatch(/failed \d+ times in a row and is left alone/);
    });
  });

  it("estimates what a server does not count", async () => {
    const plain = status(200, {
      choices: [{ message: { content: "\\boxed{8}", reasoning_content: "abc" }, finish_reason: "length" }],
    });
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      await withFaultServer([plain], async ({ url, requests }) => {
        const client = createChatClient({ ...QUICK, baseUrl: url });
        const extra = { max_tokens: null, max_completion_tokens: 9 };
        const backend = endpointBackend(client, { model: "able", stream: false });
        await drawAll(path, backend, {}, { ...TEST_SETTINGS, minP: 0.1, extra });
        client.close();
        expect(requests[0].body).toMatchObject({ max_completion_tokens: 9, min_p: 0.1 });
        expect(requests[0].body).not.toHaveProperty("max_tokens");
        expect(new Set(requests.map(({ body }) => body["seed"])).size).toBe(32);
      });
      expect((await samplesOf(path))[0]).toMatchObject({
        usageEstimated: true,
        usage: { completionTokens: 4 },
        reasoning: "abc",
        finishReason: "length",
      });
    });
  });

  it("a model of this process answers the same behind a server, and its log can be replayed", async () => {
    const pretrained = tinyPretrained();
    const before = tf.memory().numTensors;
    const model = localModel(pretrained, { name: "tiny" });
    const settings = { ...TEST_SETTINGS, temperature: 1, maxTokens: 4, minP: 0.001 };
    await withTemporaryFolder(async (folder) => {
      const [direct, served, replayed] = ["direct", "served", "replayed"].map((name) => join(folder, name));
      await drawAll(direct, inProcessBackend(model), { concurrency: 2 }, settings, 1);
      const server = await startChatServer({ models: [model], limits: { running: 2 } });
      const client = createChatClient({ baseUrl: server.url });
      await drawAll(served, endpointBackend(client, { model: "tiny" }), { concurrency: 2 }, settings, 1);
      client.close();
      await server.close();
      expect(await textsOf(served)).toEqual(await textsOf(direct));
      expect(new Set((await textsOf(direct)).map(([, text]) => text)).size).toBeGreaterThan(4);

      await drawAll(replayed, await replayBackend(direct), {}, settings, 1);
      expect(await sorted(replayed)).toEqual(await sorted(direct));
    });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("replayBackend", () => {
  it("says what is not recorded, and refuses logs of no or several models", async () => {
    await withTemporaryFolder(async (folder) => {
      const [one, two, none] = ["one", "two", "none"].map((name) => join(folder, name));
      await drawAll(one, inProcessBackend(able), { budget: { tokens: 300 } });
      const count = (await samplesOf(one)).length;
      expect(count).toBeGreaterThan(8);
      const outcome = await drawAll(two, await replayBackend(one), { mostFailures: 3, concurrency: 1 });
      expect(outcome).toMatchObject({ ended: "unwell", answered: count, failed: 3 });
      expect(outcome.reason).toMatch(/one has no sample \d of SYNTH-EASY-\d-..\./);

      await drawAll(one, inProcessBackend({ ...able, name: "other" }));
      await expect(replayBackend(one)).rejects.toThrow("The log has answers of able and other.");
      await withSampleLog(none, async () => {});
      await expect(replayBackend(none)).rejects.toThrow("The log has no answers.");
    });
  });
});
