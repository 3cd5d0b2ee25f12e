import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { withLock } from "../../data/lock";
import { type Answer, chunk, status, stream } from "../../llm/chat/testing";
import { settingsId } from "../../papers/olymmath";
import { recordingStream } from "../testing";
import { able, evalScene, mockServer } from "./testing";

const chats = (requests: readonly { path: string }[]) =>
  requests.filter(({ path }) => path.endsWith("/chat/completions")).length;
const PRICES = { priceInput: "1", priceOutput: "100" };

describe("reprise eval olymmath, through a server", () => {
  it("draws, grades and reports, whatever fails; once done it draws nothing more", async () => {
    const faults: Answer[] = [
      status(429, { error: { message: "slow down" } }, { "retry-after-ms": "3" }),
      status(500, {}),
      stream(chunk("\\boxed{8"), chunk("} is"), "break"),
    ];
    // The first request asks whether the model answers, the next eight how fast it is.
    const answer = mockServer(able, (request) => faults[request - 10]);
    await evalScene(async ({ run, samples, requests, folder }) => {
      const stream = recordingStream(true);
      const { code, text } = await run({}, { stream });
      expect(code).toBe(0);
      expect(text).toMatch(
        /^able on SYNTH-EN-EASY \(4 problems\), SYNTH-ZH-EASY \(4 problems\), 2 samples each/,
      );
      expect(text).toContain("temperature 0.6, top-p 0.95, min-p 0, at most 50 tokens, seed 0");
      expect(text).toMatch(/Samples: {2}16 to draw\nPrompts: .*\nAnswers: {2}at most 800 tokens .*\nTime: /);
      expect(text).toContain("16 samples drawn; ");
      expect(text).toMatch(/SYNTHETIC: .*\nset +problems +n +pass@1 +pass@2 +cons@2/);
      expect(stream.text).toMatch(/\d of 16, \d+ right, \d/);
      const drawn = await samples();
      expect(drawn).toHaveLength(16);
      const right = drawn.filter((one) => "text" in one && isRight(one)).length;
      expect(right).toBeGreaterThan(2);
      const { sets } = JSON.parse(readFileSync(join(folder, "out", "report.json"), "utf8"));
      const accuracies = sets.map(
        ({ ref }: { ref: { metrics: { accuracy: { value: number } } } }) => ref.metrics.accuracy.value,
      );
      expect(accuracies.map((one: number) => 8 * one).reduce((a: number, b: number) => a + b)).toBe(right);
      for (const name of ["report.json", "report.csv", "report.md"])
        expect(existsSync(join(folder, "out", name))).toBe(true);
      expect(text).toContain(`Report: ${join(folder, "out", "report.json")}`);
      const before = chats(requests);
      const again = await run();
      expect(again.code).toBe(0);
      expect(again.text).toContain("All samples are there.");
      expect(chats(requests)).toBe(before);
      // More samples come on top, and the log tells how long they are.
      const more = await run({ n: "3", dryRun: true });
      expect(more.text).toContain("Samples:  8 to draw, 16 of 24 are there");
      expect(more.text).toContain("Answers:  24 tokens, at most 400 tokens (as long as those in the log)");
    }, answer);
  });

  it("keeps log and report in the store where nobody names a folder", async () => {
    await evalScene(async ({ run, folder, set }) => {
      vi.stubEnv("REPRISE_RUNS", join(folder, "runs"));
      await run({ out: undefined, n: "1", problems: "1", set: set.split(",")[0], seed: "3" });
      const settings = { temperature: 0.6, topP: 0.95, minP: 0, maxTokens: 50, seed: 3 };
      const own = `able-${settingsId(settings).slice(0, 8)}-synthetic`;
      expect(existsSync(join(folder, "runs", "eval", "olymmath", own, "report.md"))).toBe(true);
      vi.unstubAllEnvs();
    });
  });

  it("only says what it would take in a dry run", async () => {
    await evalScene(async ({ run, requests, folder }) => {
      const { code, text } = await run({ dryRun: true, ...PRICES });
      expect(code).toBe(0);
      // 800 tokens of answers at 100 a million, and the prompts.
      expect(text).toMatch(/Cost: {5}at most 0\.08\d\n/);
      expect(text).toMatch(/Time: {5}not known before the first samples$/);
      expect(requests.map(({ path }) => path)).toEqual(["/v1/models"]);
      expect(existsSync(join(folder, "out"))).toBe(false);
    });
  });

  it("asks first where a key is wanted and nobody says what it costs; a dry run leaves a report alone", async () => {
    await evalScene(async ({ run, mistake, requests, folder }) => {
      const environment = { KEY: "secret" };
      expect(await mistake({ apiKeyEnv: "KEY" }, { environment })).toMatch(/may cost money .* \| add --yes/);
      expect(requests.map(({ path }) => path)).toEqual(["/v1/models"]);
      const { code, text } = await run({ apiKeyEnv: "KEY", yes: true }, { environment });
      expect([code, text.includes("Cost:     not known: give --price-input")]).toEqual([0, true]);
      rmSync(join(folder, "out", "report.md"));
      const dry = await run({ apiKeyEnv: "KEY", dryRun: true }, { environment });
      expect(dry.text).toMatch(/All samples are there\.$/);
      expect(existsSync(join(folder, "out", "report.md"))).toBe(false);
    });
  });

  it("asks before it spends money, and shows how much", async () => {
    // One answer is late: there is time to show something.
    const late = status(429, {}, { "retry-after-ms": "500" });
    const answer = mockServer(able, (request) => (request === 12 ? late : undefined));
    await evalScene(async ({ run, mistake, requests }) => {
      expect(await mistake(PRICES)).toMatch(/nobody said yes: nothing was drawn \| add --yes to go ahead/);
      const questions: string[] = [];
      const ask = (answer: boolean) => async (question: string) => {
        questions.push(question);
        return answer;
      };
      expect(await run(PRICES, { ask: ask(false) })).toMatchObject({
        code: 1,
        text: expect.stringMatching(/Nothing was drawn\.$/),
      });
      expect(chats(requests)).toBe(0);
      const stream = Object.assign(recordingStream(true), { columns: 200 });
      const { code, text } = await run(PRICES, { ask: ask(true), stream });
      expect(code).toBe(0);
      // 16 samples of 7 and 3 tokens.
      expect(text).toContain(
        "16 samples drawn; 112 and 48 tokens of prompts and answers in all, at a cost of 0.0049",
      );
      expect(stream.text).toMatch(/15 of 16, .*, spent 0\.0046 of ~0\.0049, 150 of ~160 tokens/);
      expect(questions).toEqual(["Go ahead? [y/N] ", "Go ahead? [y/N] "]);
      expect(chats(requests)).toBe(16 + 1);
    }, answer);
  });

  it("ends before a limit, and goes on with a higher one, from where it was", async () => {
    await evalScene(async ({ run, samples }) => {
      const { code, text } = await run({ budgetTokens: "200", concurrency: "1" });
      expect(code).toBe(0);
      const first = await samples();
      expect(first.length).toBeGreaterThan(2);
      expect(first.length).toBeLessThan(16);
      expect(text).toContain("Ends at:  200 tokens");
      expect(text).toMatch(/The budget is used up: tokens would come to \d+, the limit is 200/);
      expect(text).toContain(
        `${16 - first.length} samples are left: the same command, with more to spend, goes on`,
      );
      expect(text).toMatch(/Report: /);
      expect((await run({ budgetTokens: "100000" })).code).toBe(0);
      expect(await samples()).toHaveLength(16);
    });
  });

  it("finishes at Ctrl-C what is under way, and goes on later", async () => {
    let stopped = false;
    const answer = mockServer(able, (request) => {
      if (request === 12 && !stopped) {
        stopped = true;
        process.emit("SIGINT");
      }
      return undefined;
    });
    await evalScene(async ({ run, samples }) => {
      const stream = recordingStream();
      const { code, text } = await run({ concurrency: "2" }, { stream });
      expect(code).toBe(130);
      expect(stream.text).toContain("press Ctrl-C again to stop at once");
      expect(text).toContain("The run was stopped.");
      const first = await samples();
      expect(first.length).toBeGreaterThan(0);
      expect(first.length).toBeLessThan(16);
      expect((await run()).code).toBe(0);
      const all = await samples();
      await evalScene(async (other) => {
        await other.run();
        expect(all).toEqual(await other.samples());
      });
      expect(process.listenerCount("SIGINT")).toBe(0);
    }, answer);
  });

  it("gives the answers of a log again, and says so", async () => {
    await evalScene(async ({ run, log, folder, requests }) => {
      const first = await run();
      const before = requests.length;
      const out = join(folder, "again");
      const again = await run({ model: undefined, n: undefined, replay: log, out });
      expect(again.code).toBe(0);
      expect(requests.length).toBe(before);
      expect(again.text).toMatch(/REPLAY: /);
      const table = (text: string) => text.slice(text.indexOf("set  "), text.indexOf("Percent"));
      expect(table(again.text)).toBe(table(first.text));
      expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8"))).toMatchObject({
        model: "able",
        backends: ["replay"],
      });
      const wider = await run({ model: undefined, n: "3", replay: log, out });
      expect(wider.code).toBe(1);
      expect(wider.text).toContain("8 samples failed; the next run tries them again.");
    });
  });
});

function isRight({ problem, text }: { readonly problem: string; readonly text: string }): boolean {
  const index = Number(problem.split("-")[2]);
  return text.endsWith(`\\boxed{${2 * index + 8}}`);
}

describe("mistakes are named, with what to do", () => {
  it("of the command's user", async () => {
    await evalScene(async ({ mistake, folder, run }) => {
      await expect(run({ model: "http://127.0.0.1:9/v1" })).rejects.toThrow(/cannot be used: .*ECONNREFUSED/);
      expect(await mistake({ model: "http://nobody@x/v1" })).toMatch(/address/);
      expect(await mistake({ model: join(folder, "none.gguf") })).toMatch(
        /there is no file or folder .*none\.gguf/,
      );
      expect(await mistake({ model: folder })).toMatch(/tokenizer\.json: it is not there/);
      expect(await mistake({ set: "EN-HARD" })).toMatch(
        /"olymmath-en-hard" is not on this machine.*npx reprise data fetch olymmath-en-hard/,
      );
      expect(await mistake({ set: "./none.jsonl" })).toMatch(/There is no such file/);
      expect(await mistake({ apiKeyEnv: "KEY" })).toMatch(/variable KEY is not set/);
      expect(await mistake({ model: undefined, replay: "none" })).toMatch(/There is no such log/);
      expect(await mistake({ model: "in-house", weights: "none" })).toMatch(
        /there is no file .*none \| npx reprise ablate olymmath main/,
      );
      expect(await mistake({ model: "smollm2" })).toMatch(/npx reprise data fetch smollm2-135m-instruct/);
    });
  });

  it("of a server that lets nobody in, or knows no such model", async () => {
    const asked: (string | undefined)[] = [];
    const guarded: Answer = (response, request) => {
      asked.push(request.headers.authorization);
      return status(401, { error: { message: "Wrong key." } })(response, request);
    };
    await evalScene(async ({ mistake }) => {
      const keyed = mistake({ apiKeyEnv: "KEY" }, { environment: { KEY: "secret" } });
      expect(await keyed).toMatch(/does not let us in: .*401: Wrong key\. \| --api-key-env NAME/);
      expect(asked).toEqual(["Bearer secret"]);
    }, guarded);
    const bare: Answer = (response, request) =>
      status(404, { error: { message: `No ${request.body["model"] ?? "list"} here.` } })(response, request);
    await evalScene(async ({ mistake }) => {
      expect(await mistake({})).toMatch(/does not tell which models it has \| say with --name/);
      expect(await mistake({ name: "huge" })).toMatch(/does not know the model huge: .*No huge here\./);
    }, bare);
    const many = status(200, { data: [{ id: "one" }, { id: "two" }] });
    await evalScene(async ({ mistake }) => {
      expect(await mistake({})).toMatch(/has 2 models \| say with --name .* \| there are: one, two/);
    }, many);
  });

  it("of a server that breaks down on the way, and of a log in use", async () => {
    // The first request asks whether the model answers, eight more how fast it is.
    const answer = mockServer(able, (request) =>
      request > 12 ? status(401, { error: { message: "Key withdrawn." } }) : undefined,
    );
    await evalScene(async ({ mistake, samples }) => {
      expect(await mistake({ concurrency: "2" })).toMatch(/does not let us in: .*Key withdrawn/);
      expect((await samples()).length).toBeGreaterThan(0);
    }, answer);
    await evalScene(async ({ mistake, log }) => {
      await withLock(`${log}.lock`, async () => {
        expect(await mistake({ n: "1" })).toMatch(/Another process writes to the log/);
      });
    });
  });
});
