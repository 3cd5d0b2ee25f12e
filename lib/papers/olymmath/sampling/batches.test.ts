import { expect, it } from "vitest";
import { engine, localModel, promptTokens } from "../../../llm/generation";
import { tinyPretrained } from "../../../llm/generation/testing";
import { tf } from "../../../tensor";
import { promptOf } from "../prompts";
import { madeUpSet, TEST_SETTINGS } from "../testing";
import type { SampleBackend, SampleRequest } from "./backend";
import { batchedBackend } from "./batches";
import { inProcessBackend } from "./inProcess";
import { samplingPlan } from "./plan";

const settings = { ...TEST_SETTINGS, temperature: 1, maxTokens: 8, minP: 0.001 };
const problems = [...madeUpSet("EN", 3).problems, ...madeUpSet("ZH", 2).problems];
const requests: SampleRequest[] = samplingPlan(problems, 2, "tiny", settings).map((sample) => ({
  ...sample,
  settings,
  messages: promptOf(sample.problem),
}));
const never = new AbortController().signal;
const all = (backend: SampleBackend, some = requests, signal = never) =>
  Promise.all(some.map((request) => backend.sample(request, signal)));

it("draws side by side what a model draws one by one", async () => {
  const pretrained = tinyPretrained();
  const before = tf.memory().numTensors;
  const model = localModel(pretrained, { name: "tiny" });
  const single = (await all(inProcessBackend(model))).map(({ usage, ...sampled }) => ({
    ...sampled,
    usage: { promptTokens: usage?.promptTokens, completionTokens: usage?.completionTokens },
  }));
  model.dispose();
  expect(new Set(single.map(({ text }) => text)).size).toBeGreaterThan(5);

  const made = engine(pretrained);
  let prefills = 0;
  const counted = {
    ...made,
    prefill(...given: Parameters<typeof made.prefill>) {
      prefills++;
      return made.prefill(...given);
    },
  };
  const backend = batchedBackend(counted, { model: "tiny", batchSize: 4 });
  expect(await all(backend)).toEqual(single);
  expect(prefills).toBe(3); // 4, 4 and 2
  // Whoever comes later is drawn as well, and other settings are another batch.
  const [first, later] = [backend.sample(requests[0], never), backend.sample(requests[1], never)];
  const short = backend.sample({ ...requests[2], settings: { ...settings, maxTokens: 2 } }, never);
  expect(await Promise.all([first, later])).toEqual(single.slice(0, 2));
  expect((await short).usage).toEqual({
    promptTokens: promptTokens(made.tokenizer, { messages: requests[2].messages, continueFinal: false })
      .length,
    completionTokens: 2,
  });
  expect(prefills).toBe(5);
  made.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it("ends a batch when nobody waits for it any more, and tells every one why", async () => {
  const pretrained = tinyPretrained();
  const before = tf.memory().numTensors;
  const made = engine(pretrained);
  let steps = 0;
  const giveUp = new AbortController();
  const slow = {
    ...made,
    step: (...given: Parameters<typeof made.step>) => {
      if (++steps === 2) giveUp.abort(new Error("enough"));
      return made.step(...given);
    },
  };
  const backend = batchedBackend(slow, { model: "tiny", batchSize: 2 });
  const given = await Promise.allSettled(
    requests.slice(0, 3).map((request) => backend.sample(request, giveUp.signal)),
  );
  expect(given.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "drawn"))).toEqual([
    "enough",
    "enough",
    "enough",
  ]);
  expect(steps).toBe(2);
  // One that is still waited for keeps its batch alive.
  const one = new AbortController();
  const [gone, kept] = [backend.sample(requests[0], one.signal), backend.sample(requests[1], never)];
  one.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  expect((await kept).usage?.completionTokens).toBeGreaterThan(0);
  // An error of the model's is everybody's.
  const broken = batchedBackend(
    {
      ...made,
      prefill: () => {
        throw new Error("no memory");
      },
    },
    { model: "tiny", batchSize: 2 },
  );
  const failed = await Promise.allSettled(
    requests.slice(0, 2).map((request) => broken.sample(request, never)),
  );
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  made.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
