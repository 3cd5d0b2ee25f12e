import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Answer, chunk, stream, withFaultServer } from "../../llm/chat/testing";
import { promptOf, samplingPlan } from "../../papers/olymmath";
import { samplesOf, TEST_SETTINGS } from "../../papers/olymmath/testing";
import type { ServerAccess } from "./options";
import { openServer } from "./server";
import { able, evalScene, mockServer, TEST_SETS } from "./testing";

const ACCESS: ServerAccess = { timeout: 60_000, streams: true };
const plan = samplingPlan(TEST_SETS[0].problems, 1, "able", TEST_SETTINGS);

it("asks as many at a time as are wanted, and never more", async () => {
  const SIDE_BY_SIDE = 12;
  const answer = mockServer(able);
  let [running, most] = [0, 0];
  let waiting: (() => void)[] = [];
  const release = () => {
    for (const go of waiting) go();
    waiting = [];
  };
  const held: Answer = async (response, request) => {
    if (request.path.endsWith("/models")) return answer(response, request);
    most = Math.max(most, ++running);
    response.once("close", () => void running--);
    // All wait until so many are there, or nobody has come for a while: the last ones, or too few.
    await new Promise<void>((go) => {
      waiting.push(go);
      if (running >= SIDE_BY_SIDE) release();
      else setTimeout(release, 200);
    });
    return answer(response, request);
  };
  await evalScene(async ({ run, samples }) => {
    expect((await run({ n: "3", concurrency: String(SIDE_BY_SIDE) })).code).toBe(0);
    expect(await samples()).toHaveLength(24);
    expect(most).toBe(SIDE_BY_SIDE);
  }, held);
});

it.each<[string, Partial<ServerAccess>, number]>([
  ["requests", { requestsPerMinute: 2 }, 2],
  ["tokens", { tokensPerMinute: 60 }, 1], // each may use more: the next one waits for 10 tokens, though the first used few
  ["nothing", {}, 4],
])("keeps to a rate of %s a minute", async (_, rate, most) => {
  await withFaultServer([mockServer(able)], async ({ url, requests }) => {
    const opened = await openServer(url, {}, {}, { concurrency: 8, access: { ...ACCESS, ...rate } });
    const end = new AbortController();
    const before = requests.length;
    const drawn = plan.map((one) =>
      opened.backend
        .sample({ ...one, settings: TEST_SETTINGS, messages: promptOf(one.problem) }, end.signal)
        .then(() => true)
        .catch(() => false),
    );
    await Promise.race([Promise.all(drawn), new Promise((resolve) => setTimeout(resolve, 300))]);
    end.abort();
    expect((await Promise.all(drawn)).filter((answered) => answered)).toHaveLength(most);
    expect(requests.length - before).toBe(most);
    opened.close();
  });
});

it("gives a request its time in all, and half of it without a word", async () => {
  // A word now and then, and no end.
  const endless: Answer = (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write(chunk("Hm")), 20);
    response.once("close", () => clearInterval(timer));
  };
  await evalScene(
    async ({ mistake }) => {
      expect(await mistake({ timeout: "0.005" })).toMatch(
        /does not answer: deadline: .* was not complete after 0\.3 s\. \| nothing was stored/,
      );
    },
    mockServer(able, () => endless),
  );
  // What is silent is asked again; what has taken its time would not be.
  const silent = mockServer(able, (request) => (request === 3 ? stream(chunk("Hm"), "hang") : undefined));
  await evalScene(async ({ run, requests, samples }) => {
    const { code } = await run({ n: "1", problems: "1", timeout: "0.02" });
    expect(code).toBe(0);
    expect(await samples()).toHaveLength(2);
    expect(requests.filter(({ body }) => body["seed"] !== undefined)).toHaveLength(3 + 2 + 1);
  }, silent);
});

it("has answers sent whole, as a file of options may say, too", async () => {
  await evalScene(async ({ run, samples, requests, folder }) => {
    await run({ n: "1" });
    const config = join(folder, "eval.json");
    writeFileSync(config, JSON.stringify({ stream: false, n: 1, concurrency: 2 }));
    const before = requests.length;
    const { code, text } = await run({ n: undefined, config, out: join(folder, "whole") });
    expect(code).toBe(0);
    expect(text).toContain("4 problems), 1 samples each");
    const asked = requests.slice(before).filter(({ path }) => path.endsWith("/completions"));
    expect(asked).toHaveLength(1 + 2 + 8);
    expect(asked.every(({ body }) => !("stream" in body))).toBe(true);
    const whole = await samplesOf(join(folder, "whole", "samples.jsonl"));
    expect(whole.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(await samples());
  });
});
