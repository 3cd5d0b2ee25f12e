import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLock } from "../../data/lock";
import { type Answer, chunk, DONE, status, stream } from "../../llm/chat/testing";
import { memoryServer, otherWords, probeScene } from "./testing";

/** The numbers of a set's row of the table. */
const row = (text: string, set: string) =>
  new RegExp(`^${set} .*$`, "m").exec(text)![0].split(/ {2,}/).slice(1);
const refusal = status(401, { error: { message: "Key withdrawn." } });

describe("reprise probe olymmath, through a server", () => {
  it("finds out what a model knows by heart", async () => {
    const knowing = memoryServer(({ text, language }) =>
      language === "EN" ? [text] : [text, otherWords(text, 0)],
    );
    await probeScene(knowing, async ({ run, results, requests, folder }) => {
      const { code, text } = await run();
      expect(code).toBe(0);
      expect(text).toMatch(/^elephant on SYNTH-EN-EASY \(4 problems\), SYNTH-ZH-EASY \(4 problems\)\n/);
      expect(text).toContain("Completions: 160 at most, each of 5 tokens");
      expect(text).toContain("24 to write by elephant, each of at most 2048 tokens; 0 are there");
      expect(row(text, "SYNTH-EN-EASY").slice(0, 4)).toEqual([
        ...["4", "100.00 [100.00, 100.00]", "0.00 [0.00, 0.00]", "100.00 [100.00, 100.00]"],
      ]);
      expect(row(text, "SYNTH-EN-EASY").slice(4)).toEqual(["100", "0"]);
      expect(text).not.toContain("stronger --rewriter");
      const [, original, rewritten, delta] = row(text, "SYNTH-ZH-EASY");
      expect([original, rewritten, delta].map((cell) => cell.split(" ")[0])).toEqual([
        ...["100.00", "33.33", "66.67"],
      ]);
      expect(text).toMatch(/Qwen2\.5-7B +EN +17\.59 +38\.81\n/);
      expect(text).toContain("Only comparisons between benchmarks with the same rewriter mean anything.");
      const [[name, json]] = Object.entries(results());
      expect(text).toContain(`Result: ${join(folder, "out", name, "contamination.json")}`);
      expect(json).not.toMatch(/What is|求|otherwise/);
      const { sets, model, settings } = JSON.parse(json);
      expect(model.name).toBe("elephant");
      expect(settings).toMatchObject({ starts: 5, tokens: 5, rewrites: 3, seed: 0, rewriteTokens: 2048 });
      expect(sets[1]).toMatchObject({ set: "ZH-EASY", synthetic: true, cut: 0, original: { value: 1 } });
      expect(sets[1].sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(sets[1].problems).toHaveLength(4);
      expect(sets[1].problems[2]).toEqual({
        ...{ id: "SYNTH-EASY-2-ZH", sha256: expect.stringMatching(/^[0-9a-f]{64}$/), original: 1 },
        rewritten: expect.closeTo(1 / 3, 10),
      });
      const completions = requests.filter(({ path }) => path === "/v1/completions");
      expect(completions[1].body).toMatchObject({ max_tokens: 5, temperature: 0 });
    });
  });

  it("has no delta where nothing is foretold", async () => {
    await probeScene(
      memoryServer(() => []),
      async ({ run, results }) => {
        const { text } = await run({ problems: "2", rewrites: "1" });
        expect(row(text, "SYNTH-EN-EASY").slice(0, 4)).toEqual([
          "2",
          "0.00 [0.00, 0.00]",
          "0.00 [0.00, 0.00]",
          "-",
        ]);
        const [json] = Object.values(results());
        expect(JSON.parse(json).sets[0].delta).toEqual({ value: null, low: null, high: null });
      },
    );
  });

  it("tells where the rewriter has not done what it was asked", async () => {
    const curt = stream(chunk("No."), chunk(" idea", "length"), DONE);
    const server = memoryServer(
      ({ text }) => [text],
      (request) => (request === 1 ? curt : undefined),
    );
    await probeScene(server, async ({ run }) => {
      const { text } = await run({ rewrites: "1", concurrency: "1", problems: "4" });
      expect(row(text, "SYNTH-EN-EASY").slice(4)).toEqual(["75", "1"]);
      expect(row(text, "SYNTH-ZH-EASY").slice(4)).toEqual(["100", "0"]);
      expect(text).toMatch(/^! EN-EASY: many rewritings cannot be the problem in other words/m);
      expect(text).not.toContain("! ZH-EASY");
    });
  });

  it("only says what it would ask in a dry run", async () => {
    await probeScene(
      memoryServer(() => []),
      async ({ run, requests, folder }) => {
        const { code, text } = await run({ dryRun: true, rewrites: "2" });
        expect(code).toBe(0);
        expect(text).toContain("16 to write by elephant");
        expect(requests.map(({ path }) => path)).toEqual(["/v1/models"]);
        expect(existsSync(join(folder, "out"))).toBe(false);
      },
    );
  });

  it("goes on with the rewritings that are there, after a failure, a torn line, and Ctrl-C", async () => {
    const faults: Record<number, Answer> = { 5: refusal };
    let interrupts = 0;
    const server = memoryServer(
      ({ text }) => [text],
      (request) => {
        if (request === 12 && interrupts++ === 0) process.emit("SIGINT");
        return faults[request];
      },
    );
    await probeScene(server, async ({ run, mistake, rewritings, asked, folder }) => {
      expect(await mistake({ concurrency: "1" })).toMatch(/does not let us in: .*Key withdrawn/);
      expect(rewritings()).toHaveLength(5);
      appendFileSync(join(folder, "out", "rewrites.jsonl"), '{"problem":"12');
      const stopped = await run({ concurrency: "1" });
      expect(stopped.code).toBe(130);
      expect(stopped.text).toContain("19 to write by elephant, each of at most 2048 tokens; 5 are there");
      expect(stopped.text).toMatch(/the same command goes on with them\.$/);
      const there = rewritings().length;
      expect(there).toBeGreaterThanOrEqual(11);
      expect(there).toBeLessThan(24);
      const before = asked();
      const { code, text } = await run();
      expect(code).toBe(0);
      expect(asked() - before).toBe(24 - there);
      expect(new Set(rewritings()).size).toBe(24);
      expect(row(text, "SYNTH-EN-EASY")[3]).toBe("100.00 [100.00, 100.00]");
      expect(process.listenerCount("SIGINT")).toBe(0);
    });
  });

  it("gives a second model the very same rewritings, unless they are written in another way", async () => {
    await probeScene(
      memoryServer(({ text }) => [text]),
      async ({ run, results, asked, url, folder }) => {
        const shared = { rewriter: url, rewriterName: "writer", problems: "1" };
        await run({ ...shared, name: "first" });
        expect(asked()).toBe(6);
        const second = await run({ ...shared, name: "second" });
        expect(asked()).toBe(6);
        expect(second.text).toContain("0 to write by writer, each of at most 2048 tokens; 6 are there");
        const [one, other] = Object.values(results()).map((text) => JSON.parse(text));
        expect([one.model.name, other.model.name].sort()).toEqual(["first", "second"]);
        expect(one.sets.map((set: { rewritings: string }) => set.rewritings)).toEqual(
          other.sets.map((set: { rewritings: string }) => set.rewritings),
        );
        const file = join(folder, "out", "rewrites.jsonl");
        await run({ ...shared, name: "second", rewritesFile: file, out: join(folder, "elsewhere") });
        expect(asked()).toBe(6);
        await run({ ...shared, name: "second", rewrites: "4" });
        expect(asked()).toBe(6 + 2);
        await run({ ...shared, name: "second", rewriteTokens: "99" });
        expect(asked()).toBe(6 + 2 + 6);
      },
    );
  });
});

describe("mistakes are named, with what to do", () => {
  it("of the command's user", async () => {
    await probeScene(
      memoryServer(() => []),
      async ({ mistake, folder, url }) => {
        expect(await mistake({ model: undefined })).toMatch(/say which model/);
        expect(await mistake({ set: undefined })).toMatch(/say which problems/);
        expect(await mistake({ set: "EN-HARD" })).toMatch(/npx reprise data fetch olymmath-en-hard/);
        expect(await mistake({ model: "in-house" })).toMatch(/in-house model .* can't be probed/);
        expect(await mistake({ model: "smollm2" })).toMatch(/npx reprise data fetch smollm2-135m-instruct/);
        expect(await mistake({ rewrites: "0" })).toMatch(/--rewrites must be a whole number from 1/);
        expect(await mistake({ rewriterName: "w" })).toMatch(/need --rewriter/);
        expect(await mistake({ rewriter: join(folder, "none.gguf") })).toMatch(
          /the rewriter: there is no file or folder .*none\.gguf \| --rewriter takes a GGUF file/,
        );
        expect(await mistake({ rewriter: url, rewriterApiKeyEnv: "KEY" })).toMatch(
          /the rewriter: the environment variable KEY is not set/,
        );
        expect(await mistake({ rewriter: "w.gguf", rewriterApiKeyEnv: "KEY" })).toMatch(
          /the rewriter: --rewriter-api-key-env is for a server/,
        );
      },
    );
  });

  it("of a server that only chats, and of a rewriter that writes nothing", async () => {
    const chatty: Answer = (response, request) =>
      request.path.endsWith("/models")
        ? status(200, { data: [{ id: "m" }] })(response, request)
        : status(404, { error: { message: "No such path." } })(response, request);
    await probeScene(chatty, async ({ mistake }) => {
      expect(await mistake({})).toMatch(/does not complete bare text: .*No such path.* \| the probe needs/);
    });
    const silent = status(200, { choices: [{ message: { content: "<think>Hm" }, finish_reason: "length" }] });
    const mute = memoryServer(
      () => [],
      () => silent,
    );
    await probeScene(mute, async ({ mistake }) => {
      expect(await mistake({})).toMatch(/wrote nothing, 4 times\. \| --rewrite-tokens N/);
    });
  });

  it("of a file of rewritings that is in use, or cannot be read", async () => {
    await probeScene(
      memoryServer(() => []),
      async ({ mistake, folder }) => {
        const rewritesFile = join(folder, "own.jsonl");
        await withLock(`${rewritesFile}.lock`, async () => {
          expect(await mistake({ rewritesFile })).toMatch(/Another process writes to the file of rewritings/);
        });
        writeFileSync(rewritesFile, '{"problem": 3}\n');
        expect(await mistake({ rewritesFile })).toMatch(
          /own\.jsonl, line 1, field "problem": .*Remove the line/,
        );
        writeFileSync(rewritesFile, "{}{\n");
        expect(await mistake({ rewritesFile })).toMatch(/line 1: The line is not JSON/);
        expect(readFileSync(rewritesFile, "utf8")).toBe("{}{\n");
      },
    );
  });
});
