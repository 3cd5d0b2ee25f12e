import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../data/testing";
import { estimateRun, type SeenSamples, seenSamples } from "./estimate";
import { recordOf } from "./sampling/booking";
import { samplingPlan } from "./sampling/plan";
import { withSampleLog } from "./sampling/sampleLog";
import { settingsId } from "./sampling/settings";
import { NO_USAGE } from "./sampling/usage";
import { madeUpSet, TEST_SETTINGS } from "./testing";

const sets = [madeUpSet("EN", 2), madeUpSet("ZH", 2)];
const problems = sets.flatMap((set) => set.problems);
/** EN0 ZH0 EN1 ZH1, and again. */
const plan = samplingPlan(problems, 2, "able", TEST_SETTINGS);
const id = settingsId(TEST_SETTINGS);
const prices = { input: 2, output: 10 };

/** A log of the first samples: prompt tokens, completion tokens (none: it failed), from, to. */
async function seen(
  rows: readonly (readonly [number, number | undefined, number, number])[],
  settings = id,
): Promise<SeenSamples> {
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, "log", "samples.jsonl");
    mkdirSync(dirname(path));
    await withSampleLog(path, async (log) => {
      for (const [place, [promptTokens, completionTokens, startedAt, endedAt]] of rows.entries()) {
        const [times, origin] = [
          { startedAt, endedAt },
          { model: "able", settingsId: settings },
        ];
        const used = { promptTokens, completionTokens: completionTokens ?? 0 };
        const sampled = { text: "", finishReason: "stop", usage: used };
        const result =
          completionTokens === undefined
            ? { error: "none", used: NO_USAGE, lost: used }
            : { sampled, used, lost: NO_USAGE };
        log.append(recordOf(plan[place], origin, times, result));
      }
    });
    return seenSamples(path, "able", id);
  });
}

describe("seenSamples", () => {
  it("tells what is there, how long answers are, and how fast they came", async () => {
    const found = await seen([
      [5, 30, 1_000, 3_000], // EN
      [7, 10, 2_000, 4_000], // ZH
      [6, 20, 6_000, 7_000], // EN
      [9, undefined, 8_000, 9_000],
    ]);
    expect([...found.answered]).toEqual(plan.slice(0, 3).map(({ key }) => key));
    expect(found.used).toEqual({ promptTokens: 27, completionTokens: 60 });
    expect([...found.promptTokens.values()]).toEqual([5, 7, 6]);
    expect(Object.fromEntries(found.completions)).toEqual({
      "SYNTH-EN-EASY": { samples: 2, tokens: 50 },
      "SYNTH-ZH-EASY": { samples: 1, tokens: 10 },
    });
    expect(found.tokensPerSecond).toBe(60 / 4); // from 1 to 4 s, and from 6 to 7 s
  });

  it("is empty without a log, and of other settings", async () => {
    const nothing = await seenSamples("/nowhere/samples.jsonl", "able", id);
    expect(nothing).toMatchObject({ used: NO_USAGE });
    expect(nothing).not.toHaveProperty("tokensPerSecond");
    expect(await seen([[5, 30, 1_000, 3_000]], "other")).toEqual(nothing);
  });
});

describe("estimateRun", () => {
  const input = { plan, maxTokens: 50, countPrompt: () => 4, prices };

  it("without a log expects every answer to be as long as it may be", async () => {
    const none = await seenSamples("/nowhere", "able", id);
    expect(estimateRun({ ...input, seen: none, tokensPerSecond: 20 })).toEqual({
      ...{ total: 8, done: 0, basis: "limit" },
      promptTokens: 8 * 4,
      completionTokens: { expected: 400, most: 400 },
      cost: { expected: (32 * 2 + 400 * 10) / 1e6, most: (32 * 2 + 400 * 10) / 1e6 },
      seconds: { expected: 20, most: 20 },
    });
    const bare = estimateRun({ ...input, seen: none, prices: undefined });
    expect(bare).not.toHaveProperty("cost");
    expect(bare).not.toHaveProperty("seconds");
  });

  it("goes by the answers of the same set, or of all, and the log's speed", async () => {
    const found = await seen([
      [5, 30, 0, 2_000],
      [7, 10, 0, 2_000],
      [6, 20, 2_000, 4_000],
    ]);
    // Left: ZH1, EN0, ZH0, EN1, ZH1; ZH1 has no sample yet.
    expect(estimateRun({ ...input, seen: found })).toEqual({
      ...{ total: 8, done: 3, basis: "log" },
      promptTokens: 4 + 5 + 7 + 6 + 4,
      completionTokens: { expected: 3 * 10 + 2 * 25, most: 250 },
      cost: { expected: (26 * 2 + 80 * 10) / 1e6, most: (26 * 2 + 250 * 10) / 1e6 },
      seconds: { expected: 80 / 15, most: 250 / 15 },
    });
    const [english] = [await seen([[5, 30, 0, 2_000]])];
    expect(estimateRun({ ...input, seen: english }).completionTokens.expected).toBe(7 * 30);
  });

  it("prices cached prompts and thoughts by their part in the log; at most all are of the dearer kind", async () => {
    const found = await seen([[5, 30, 0, 2_000]]);
    const used = { ...found.used, cachedTokens: 1, reasoningTokens: 15 }; // a fifth, and a half
    const kinds = { input: 2, cachedInput: 1, output: 10, reasoning: 30 };
    const { cost, promptTokens } = estimateRun({ ...input, prices: kinds, seen: { ...found, used } });
    expect(promptTokens).toBe(6 * 4 + 5);
    expect(cost!.expected).toBeCloseTo((29 * 0.8 * 2 + 29 * 0.2 * 1 + 105 * 10 + 105 * 30) / 1e6, 12);
    expect(cost!.most).toBeCloseTo((29 * 2 + 350 * 30) / 1e6, 12);
  });

  it("has nothing to expect where all is there", async () => {
    const found = await seen(plan.map(() => [5, 30, 0, 1_000] as const));
    expect(estimateRun({ ...input, seen: found })).toMatchObject({
      done: 8,
      promptTokens: 0,
      cost: { most: 0 },
    });
  });
});
