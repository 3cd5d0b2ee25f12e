import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { ableModel, madeUpSet, samplesOf, TEST_SETTINGS } from "../testing";
import { inProcessBackend } from "./inProcess";
import type { SampleRecord } from "./record";
import { drawSamples } from "./run";
import { withSampleLog } from "./sampleLog";

const sets = [madeUpSet("ZH", 2)];
const backend = inProcessBackend(ableModel(sets, () => ({ right: 0.5 })));
const drawAll = (path: string, samples = 3) =>
  withSampleLog(path, (log) =>
    drawSamples({ sets, samples, settings: TEST_SETTINGS }, backend, log, { concurrency: 1 }),
  );

const record: SampleRecord = {
  kind: "sample",
  key: "k",
  problem: "SYNTH-EASY-0-EN",
  language: "EN",
  sample: 0,
  model: "m",
  settingsId: "s",
  seed: 1,
  startedAt: 1,
  endedAt: 2,
  usage: { promptTokens: 3, completionTokens: 4 },
  cost: 0,
  status: "answered",
  finishReason: "stop",
  text: "一\n\u2028\\boxed{1}",
};

describe("withSampleLog", () => {
  it("keeps what is appended, and knows what is there", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "deep", "log.jsonl");
      await withSampleLog(path, async (log) => {
        expect(log.answered.size).toBe(0);
        log.append(record);
        expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify(record)}\n`); // at once
        expect([...log.answered]).toEqual(["k"]);
      });
    });
  });

  it("counts usage by model and settings, failures and lost attempts included; failures are not answered", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      const {
        text: _,
        finishReason: __,
        ...common
      } = record as Extract<SampleRecord, { status: "answered" }>;
      const failed: SampleRecord = {
        ...common,
        key: "l",
        status: "failed",
        error: "no",
        lost: { promptTokens: 10, completionTokens: 5 },
      };
      await withSampleLog(path, async (log) => {
        log.append(record);
        log.append(failed);
        log.append({ ...record, key: "o", settingsId: "other" });
      });
      await withSampleLog(path, async (log) => {
        expect([...log.answered]).toEqual(["k", "o"]);
        expect(log.used("m", "s")).toEqual({ promptTokens: 16, completionTokens: 13 });
        expect(log.used("n", "s")).toEqual({ promptTokens: 0, completionTokens: 0 });
      });
      expect(await samplesOf(path)).toHaveLength(3);
    });
  });

  it("torn anywhere, it goes on as if nothing had been", async () => {
    await withTemporaryFolder(async (folder) => {
      const whole = join(folder, "whole.jsonl");
      await drawAll(whole);
      const expected = await samplesOf(whole);
      expect(expected).toHaveLength(6);
      const bytes = readFileSync(whole);
      const path = join(folder, "torn.jsonl");
      // Every place near the ends of lines, and every 37th: within a Chinese character, too.
      for (let cut = 0; cut < bytes.length; cut++) {
        if (cut % 37 > 0 && !bytes.subarray(Math.max(0, cut - 2), cut + 2).includes(10)) continue;
        writeFileSync(path, bytes.subarray(0, cut));
        await drawAll(path);
        expect(await samplesOf(path)).toEqual(expected);
      }
    });
  });

  it("reads without the torn line, and leaves it alone", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      await drawAll(path);
      truncateSync(path, readFileSync(path).length - 1); // whole but for its end
      expect(await samplesOf(path)).toHaveLength(5);
      appendFileSync(path, "\0\0\0"); // what a crash of the machine may leave
      expect(await samplesOf(path)).toHaveLength(5);
    });
  });

  it.each<[string, string, RegExp]>([
    ["no JSON", "{", /log\.jsonl, line 2: The line is not JSON: .+ drawn again/],
    ["another kind", '{"kind":"x","status":"answered"}', /line 2, field "kind": Invalid literal value/],
    ["another status", '{"kind":"sample","status":"x"}', /line 2, field "status": Invalid discriminator/],
    [
      "a negative count",
      JSON.stringify({ ...record, sample: -1 }),
      /line 2, field "sample": Number must be greater/,
    ],
    ["an unknown field", JSON.stringify({ ...record, more: 1 }), /line 2: Unrecognized key/],
    ["a run without settings", '{"kind":"run","startedAt":1}', /line 2, field "backend": Required/],
  ])("%s in the middle: file, line and field are named", async (_, line, message) => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      writeFileSync(path, `${JSON.stringify(record)}\n${line}\n${JSON.stringify(record)}\n`);
      await expect(samplesOf(path)).rejects.toThrow(message);
      await expect(withSampleLog(path, async () => {})).rejects.toThrow(message);
    });
  });

  it("names bytes that are no text, and a log that is not there", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      await expect(samplesOf(path)).rejects.toThrow("There is no such log.");
      writeFileSync(path, Buffer.from([0xff, 10]));
      await expect(samplesOf(path)).rejects.toThrow(/line 1: The line is not valid UTF-8/);
    });
  });

  it("is held by one at a time; the lock of one that was killed does not count", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      await withSampleLog(path, async () => {
        await expect(withSampleLog(path, async () => {})).rejects.toThrow(
          /log\.jsonl: Another process writes to the log\. Wait for it, or, if there is none, delete the folder .+log\.jsonl\.lock/,
        );
      });
      mkdirSync(`${path}.lock`);
      writeFileSync(join(`${path}.lock`, "pid"), String(2 ** 22 + 1)); // above the largest process id
      expect(await withSampleLog(path, async () => "held")).toBe("held");
      await expect(withSampleLog(path, () => Promise.reject(new Error("own")))).rejects.toThrow(/^own$/);
      expect(await withSampleLog(path, async () => "free again")).toBe("free again");
    });
  });
});
