import { expect, it } from "vitest";
import { CommandError } from "../errors";
import { type EvalOptions, parseEvalOptions } from "./options";

const SMALL: EvalOptions = { model: "smollm2", set: "EN-EASY" };
const SERVER: EvalOptions = { model: "http://127.0.0.1:1/v1" };

function mistake(options: EvalOptions): string {
  try {
    parseEvalOptions(options);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return [(error as CommandError).message, ...(error as CommandError).remedies].join(" | ");
  }
  return "";
}

it("leaves what is not said as published", () => {
  expect(parseEvalOptions(SMALL)).toEqual({
    ...{ choice: { kind: "small" }, sets: ["EN-EASY"], concurrency: 8, mode: "ref", budget: {} },
    access: { timeout: 1_800_000, streams: true },
    settings: { temperature: 0.6, topP: 0.95, minP: 0, seed: 0 },
  });
});

it("reads every option", () => {
  const typed = {
    ...{ n: "4", problems: "10", temperature: "1", topP: "0.9", minP: "0.05", maxTokens: "256", seed: "7" },
    ...{ concurrency: "2", budgetTokens: "1000", budgetCost: "1.5", priceInput: "0.5", priceOutput: "2" },
    ...{ priceCached: "0.25", priceReasoning: "3", minutes: "0.5", mode: "want" },
    ...{ requestsPerMinute: "60", tokensPerMinute: "90000", timeout: "0.5", stream: false },
  };
  expect(parseEvalOptions({ ...SMALL, ...SERVER, ...typed })).toEqual({
    ...{
      choice: { kind: "server", url: SERVER.model },
      sets: ["EN-EASY"],
      samples: 4,
      problems: 10,
      maxTokens: 256,
    },
    ...{ concurrency: 2, minutes: 0.5, mode: "want" },
    settings: { temperature: 1, topP: 0.9, minP: 0.05, seed: 7 },
    budget: { tokens: 1000, cost: 1.5 },
    prices: { input: 0.5, output: 2, cachedInput: 0.25, reasoning: 3 },
    access: { requestsPerMinute: 60, tokensPerMinute: 90_000, timeout: 30_000, streams: false },
  });
});

it("takes more fields for a server, and lets it take one away", () => {
  const extra = '{"reasoning_effort":"high","max_tokens":null}';
  expect(parseEvalOptions({ ...SMALL, ...SERVER, extra }).settings.extra).toEqual(JSON.parse(extra));
});

it.each([
  ["http://127.0.0.1:1/v1", { kind: "server", url: "http://127.0.0.1:1/v1" }],
  ["HTTPS://x/v1", { kind: "server", url: "HTTPS://x/v1" }],
  ["in-house", { kind: "in-house" }],
  ["a/b.gguf", { kind: "file", file: "a/b.gguf" }],
])("knows what %s is", (model, choice) => {
  expect(parseEvalOptions({ ...SMALL, model }).choice).toEqual(choice);
});

it("knows sets in any case, all of them, and files, each once", () => {
  const sets = (set: string) => parseEvalOptions({ ...SMALL, set }).sets;
  expect(sets("en-hard, ZH-HARD,en-hard")).toEqual(["EN-HARD", "ZH-HARD"]);
  expect(sets("ALL")).toEqual(["EN-EASY", "EN-HARD", "ZH-EASY", "ZH-HARD"]);
  expect(sets("synth-zh-easy,./own.jsonl")).toEqual(["SYNTH-ZH-EASY", "./own.jsonl"]);
});

it.each<[string, EvalOptions, RegExp]>([
  ["no model", { set: "all" }, /which model .*\| --model http:.*smollm2.*in-house/],
  [
    "an address without its beginning",
    { model: "127.0.0.1:8000/v1" },
    /is no address yet \| --model http:\/\/127/,
  ],
  ["no set", { model: "smollm2" }, /which problems .*EN-EASY, EN-HARD/],
  [
    "an unknown set",
    { set: "EN-HARDER" },
    /there is no set "EN-HARDER" \| did you mean EN-HARD\? \| there are/,
  ],
  ["an empty name", { set: "EN-HARD," }, /there is no set ""/],
  ["no number", { n: "many" }, /^--n must be a whole number from 1, not "many"/],
  ["no samples", { n: "0" }, /--n must be a whole number from 1/],
  ["a negative temperature", { temperature: "-1" }, /--temperature must be a number from 0, not "-1"/],
  ["a top-p of 0", { topP: "0" }, /--top-p must be a number above 0 to 1, not "0"/],
  ["a min-p above 1", { minP: "1.1" }, /--min-p must be a number from 0 to 1/],
  ["no time", { minutes: "0" }, /--minutes must be a number above 0, not "0"/],
  ["one price", { priceInput: "1" }, /a price is missing \| give both/],
  ["a price of thoughts alone", { priceReasoning: "1" }, /a price is missing \| give both/],
  ["requests for a file", { requestsPerMinute: "1" }, /--requests-per-minute is for a server/],
  ["tokens a minute for a file", { tokensPerMinute: "1" }, /--tokens-per-minute is for a server/],
  ["a time-out for a file", { timeout: "1" }, /--timeout is for a server/],
  ["whole answers of a file", { stream: false }, /--no-stream is for a server/],
  [
    "no requests",
    { ...SERVER, requestsPerMinute: "0" },
    /--requests-per-minute must be a whole number from 1/,
  ],
  ["a time-out of a month", { ...SERVER, timeout: "43200" }, /--timeout must be a number above 0 to 10080/],
  ["a limit of cost without prices", { budgetCost: "1" }, /--budget-cost needs prices/],
  ["another mode", { mode: "strict" }, /"strict" is no way of checking answers/],
  ["fields for a file", { extra: "{}" }, /--extra is for a server/],
  ["fields that are not JSON", { ...SERVER, extra: "high" }, /--extra is not JSON: .*reasoning_effort/],
  ["fields without names", { ...SERVER, extra: "[1]" }, /--extra takes an object, not \[1\]/],
  ["a field with an option", { ...SERVER, extra: '{"seed":1}' }, /seed cannot be set by --extra/],
  ["a key for a file", { apiKeyEnv: "KEY" }, /--api-key-env is for a server/],
  ["weights for another", { weights: "w" }, /--weights is for the in-house model/],
  ["a name for the in-house model", { model: "in-house", name: "x" }, /--name is for a server or a file/],
  [
    "a model and a recording",
    { replay: "log.jsonl" },
    /--replay gives recorded answers again: leave --model out/,
  ],
])("says what is wrong with %s", (_, options, message) => {
  const base = "set" in options && options.model === undefined && options.set === "all" ? {} : SMALL;
  const given = options.model === "smollm2" ? options : { ...base, ...options };
  expect(mistake(given)).toMatch(message);
});
