import { describe, expect, it } from "vitest";
import type { RunEstimate } from "../../papers/olymmath/estimate";
import { madeUpSet } from "../../papers/olymmath/testing";
import { asksFirst, estimateText, settingsFor } from "./plan";

const settings = { temperature: 0.6, topP: 0.95, minP: 0, seed: 0 };
const sets = [madeUpSet("EN", 3)];
const tokens = (contextLength?: number, prompt = 100) => ({ contextLength, countPrompt: () => prompt });

describe("settingsFor", () => {
  it("takes the published limit, or three quarters of a smaller context", () => {
    expect(settingsFor({ settings }, tokens(), sets)).toEqual({ ...settings, maxTokens: 32_768 });
    expect(settingsFor({ settings }, tokens(100_000), sets).maxTokens).toBe(32_768);
    expect(settingsFor({ settings }, tokens(2_048), sets).maxTokens).toBe(1_536);
    expect(settingsFor({ settings, maxTokens: 300 }, tokens(400), sets).maxTokens).toBe(300);
  });

  it("refuses what does not fit", () => {
    const refusal = (maxTokens: number | undefined, context: number) => {
      try {
        return settingsFor({ settings, maxTokens }, tokens(context), sets).maxTokens;
      } catch (error) {
        const { message, remedies } = error as { message: string; remedies: string[] };
        return [message, ...remedies].join(" | ");
      }
    };
    expect(refusal(301, 400)).toBe(
      "the model has room for 400 tokens, the longest prompt has 100, and 301 are to be written | --max-tokens 300, or fewer",
    );
    expect(refusal(undefined, 90)).toMatch(/longest prompt has 100.*longer context/);
  });
});

const ESTIMATE: RunEstimate = {
  ...{ total: 80, done: 0, promptTokens: 12_345, basis: "limit" },
  completionTokens: { expected: 20_480, most: 20_480 },
};

describe("estimateText", () => {
  it("tells all in a few lines", () => {
    expect(estimateText(ESTIMATE, { budget: {} })).toBe(
      [
        "Samples:  80 to draw",
        "Prompts:  12,345 tokens",
        "Answers:  at most 20,480 tokens (if each is as long as it may be)",
        "Time:     not known before the first samples",
      ].join("\n"),
    );
    const known: RunEstimate = {
      ...{ ...ESTIMATE, done: 30, basis: "log" },
      completionTokens: { expected: 9_000.4, most: 12_800 },
      cost: { expected: 0.0123, most: 1.5 },
      seconds: { expected: 3_725, most: 7_200 },
    };
    const limits = { budget: { tokens: 50_000, cost: 2 }, minutes: 30 };
    expect(estimateText(known, limits)).toBe(
      [
        "Samples:  50 to draw, 30 of 80 are there",
        "Prompts:  12,345 tokens",
        "Answers:  9,000 tokens, at most 12,800 tokens (as long as those in the log)",
        "Cost:     0.012, at most 1.50",
        "Time:     1:02:05, at most 2:00:00",
        "Ends at:  50,000 tokens or a cost of 2.00 or 30 minutes",
      ].join("\n"),
    );
  });
});

it("a person is asked where it costs anything, or takes more than ten minutes", () => {
  const seconds = (expected: number) => ({ seconds: { expected, most: expected } });
  expect(asksFirst({}, {})).toBe(false);
  expect(asksFirst(seconds(600), {})).toBe(false);
  expect(asksFirst(seconds(601), {})).toBe(true);
  expect(asksFirst(seconds(601), { minutes: 5 })).toBe(false);
  expect(asksFirst({ cost: { expected: 0, most: 0 } }, {})).toBe(false);
  expect(asksFirst({ cost: { expected: 0, most: 0.01 } }, { minutes: 1 })).toBe(true);
});
