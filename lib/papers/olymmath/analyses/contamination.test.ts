import { describe, expect, it } from "vitest";
import { createChatClient } from "../../../llm/chat";
import { status, withFaultServer } from "../../../llm/chat/testing";
import { madeUpSet } from "../testing";
import {
  contamination,
  type ProbedModel,
  probedClient,
  rewriteAll,
  rewriteByClient,
  startPlaces,
} from "./contamination";

const text = "Find all integers n such that n divides one more than two to the n.";
const [base] = madeUpSet("EN", 1).problems;
const problems = [{ ...base, text, answer: "3" }];
const rewritten = [
  [
    "Which n divide this number, please say it in other words now?",
    "Give every n with the property that was named above today.",
  ],
];

/** Knows texts by heart, and says the same word of any other. */
function parrot(...known: string[]): ProbedModel & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async continue(prefix, tokens) {
      asked.push(prefix);
      const found = known.find((one) => one.startsWith(prefix));
      return found === undefined
        ? " zebra"
        : found.slice(prefix.length).split(/(?= )/).slice(0, tokens).join("");
    },
  };
}

describe("startPlaces", () => {
  it("are ends of words, or of Chinese characters, each once, with something behind them", () => {
    expect(startPlaces("ab cd ef", 5, 0)).toEqual([2, 5]);
    expect(startPlaces("设$x$求和.", 9, 0)).toEqual([1, 4, 5, 6]);
    const places = startPlaces(text, 5, 1);
    expect(new Set(places).size).toBe(5);
    for (const place of places) expect(text.slice(0, place)).toMatch(/\S$/);
    expect(startPlaces(text, 5, 1)).toEqual(places);
    expect(startPlaces(text, 5, 2)).not.toEqual(places);
  });
});

describe("contamination", () => {
  it("of a text known by heart whole, of one known with its rewritings none", async () => {
    expect(await contamination(problems, rewritten, parrot(`${text} 3`))).toEqual({
      original: 1,
      rewritten: 0,
      delta: 100,
    });
    const all = [text, ...rewritten[0]].map((one) => `${one} 3`);
    expect(await contamination(problems, rewritten, parrot(...all))).toEqual({
      original: 1,
      rewritten: 1,
      delta: 0,
    });
    expect(await contamination(problems, rewritten, parrot(all[0], all[1]))).toEqual({
      original: 1,
      rewritten: 0.5,
      delta: 50,
    });
    expect(await contamination(problems, rewritten, parrot())).toEqual({
      original: 0,
      rewritten: 0,
      delta: Number.NaN,
    });
    await expect(contamination([], [], parrot())).rejects.toThrow("The probe needs problems");
  });

  it("asks at five places of each text", async () => {
    const model = parrot();
    await contamination(problems, rewritten, model);
    expect(model.asked).toHaveLength(15);
    expect(model.asked.slice(0, 5).every((prefix) => text.startsWith(prefix))).toBe(true);
  });
});

describe("through a server", () => {
  it("continues bare text, and rewrites by chat, each time with another seed", async () => {
    const continued = status(200, { choices: [{ text: " that n", finish_reason: "length" }] });
    const said = status(200, {
      choices: [{ message: { content: " Other words. \n" }, finish_reason: "stop" }],
    });
    await withFaultServer([continued, said], async ({ url, requests }) => {
      const client = createChatClient({ baseUrl: url, model: "m" });
      expect(await probedClient(client).continue("such", 5)).toBe(" that n");
      expect(requests[0]).toMatchObject({
        path: "/v1/completions",
        body: { prompt: "such", max_tokens: 5, temperature: 0 },
      });
      expect(await rewriteAll(problems, rewriteByClient(client), { seed: 4 })).toEqual([
        Array(3).fill("Other words."),
      ]);
      expect(requests.slice(1).map(({ path, body }) => [path, body["seed"]])).toEqual(
        [4, 5, 6].map((seed) => ["/v1/chat/completions", seed]),
      );
      const [{ content }] = requests[1].body["messages"] as { content: string }[];
      expect(content.endsWith(`\n\n${text}`)).toBe(true);
      client.close();
    });
  });
});
