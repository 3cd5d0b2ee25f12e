import { describe, expect, it } from "vitest";
import { madeUpSet } from "../testing";
import { contamination, type ProbedModel, startPlaces } from "./contamination";

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
    expect(startPlaces("ab cd ef", 5, 1, 0)).toEqual([2, 5]);
    expect(startPlaces("设$x$求和.", 9, 1, 0)).toEqual([1, 4, 5, 6]);
    const places = startPlaces(text, 5, 5, 1);
    expect(new Set(places).size).toBe(5);
    for (const place of places) {
      expect(text.slice(0, place)).toMatch(/\S$/);
      expect(text.slice(place).trim().split(" ").length).toBeGreaterThanOrEqual(5);
    }
    expect(startPlaces("one two", 5, 5, 1)).toEqual([3]);
    expect(startPlaces(text, 5, 5, 1)).toEqual(places);
    expect(startPlaces(text, 5, 5, 2)).not.toEqual(places);
  });
});

describe("contamination", () => {
  it("of a text known by heart whole, of one known with its rewritings none", async () => {
    const shares = async (...known: string[]) => {
      const {
        original,
        rewritten: other,
        delta,
      } = await contamination(problems, rewritten, parrot(...known));
      return [original, other, delta];
    };
    expect(await shares(`${text} 3`)).toEqual([1, 0, 100]);
    const all = [text, ...rewritten[0]].map((one) => `${one} 3`);
    expect(await shares(...all)).toEqual([1, 1, 0]);
    expect(await shares(all[0], all[1])).toEqual([1, 0.5, 50]);
    expect(await shares()).toEqual([0, 0, Number.NaN]);
    // Without an original that is foretold there is no delta, whatever is foretold of the rewritings.
    expect(await shares(all[1])).toEqual([0, 0.5, Number.NaN]);
    await expect(contamination([], [], parrot())).rejects.toThrow("The probe needs problems");
  });

  it("does not take a text that goes on where the original ends for a guess that fails", async () => {
    const whole = `${text} 3`;
    const goesOn = parrot(`${whole} and so on, as it stands in the book.`);
    expect((await contamination(problems, rewritten, goesOn)).original).toBe(1);
  });

  it("asks at five places of each text", async () => {
    const model = parrot();
    await contamination(problems, rewritten, model);
    expect(model.asked).toHaveLength(15);
    expect(model.asked.slice(0, 5).every((prefix) => text.startsWith(prefix))).toBe(true);
  });

  it("does not mind a character that the last token leaves unfinished, but for nothing else", async () => {
    const saying = (said: string): ProbedModel => ({ continue: async () => said });
    const own = [{ ...problems[0], text: "求求求求求求" }];
    const original = async (said: string) => (await contamination(own, [["a b"]], saying(said))).original;
    expect(await original("求\uFFFD")).toBeGreaterThan(0.5);
    expect(await original("\uFFFD\uFFFD")).toBe(0);
    expect(await original("\uFFFD求")).toBe(0);
  });

  it("has the shares of each problem, and intervals over problems", async () => {
    const four = Array.from({ length: 40 }, (_, row) => ({ ...problems[0], text: `${row}: ${text}` }));
    const others = four.map(({ text: own }) => [`Other-${own}`]);
    const told: boolean[] = [];
    const known = four.slice(0, 30).map(({ text: own }) => `${own} 3`);
    const half = others.slice(0, 15).map(([own]) => `${own} 3`);
    const options = { concurrency: 4, resamples: 400, onCompletion: (one: boolean) => told.push(one) };
    const found = await contamination(four, others, parrot(...known, ...half), options);
    expect(found).toMatchObject({ original: 0.75, rewritten: 0.375, delta: 50 });
    expect(found.problems.map(({ original }) => original)).toEqual(four.map((_, row) => Number(row < 30)));
    expect(found.problems.map((one) => one.rewritten)).toEqual(four.map((_, row) => Number(row < 15)));
    expect(told.filter(Boolean)).toHaveLength(5 * 45);
    const { original, delta } = found.estimates;
    // 1.96 standard errors: sqrt(0.75 * 0.25 / 40) = 0.0685 of the share; sqrt(0.5 * 0.5 / 30) = 0.0913 of the ratio.
    expect(original.low).toBeCloseTo(0.75 - 1.96 * 0.0685, 1);
    expect(original.high).toBeCloseTo(0.75 + 1.96 * 0.0685, 1);
    expect(Math.abs(delta.low - (50 - 17.9))).toBeLessThan(6);
    expect(Math.abs(delta.high - (50 + 17.9))).toBeLessThan(6);
    expect(await contamination(four, others, parrot(...known, ...half), { resamples: 400 })).toEqual(found);
    // With two of forty known, one resample in eight has none of them: more than lie beyond the ends of an interval.
    const few = await contamination(four, others, parrot(...known.slice(0, 2)), { resamples: 400 });
    expect(few.estimates.delta).toEqual({ value: 100, low: Number.NaN, high: Number.NaN });
    expect(few.estimates.original.low).toBe(0);
  });
});
