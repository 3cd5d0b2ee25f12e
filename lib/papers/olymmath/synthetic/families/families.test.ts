import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../data/random";
import { checkAnswer, readAnswer } from "../../../../math";
import { FAMILIES } from ".";
import { solveAgain, solvedFamilies } from "./testing";

const TIERS = ["EASY", "HARD"] as const;
/** Of each tier: a thousand instances of every family. */
const SEEDS = 500;

const isEqual = (gold: string, prediction: string) => checkAnswer(gold, prediction, { mode: "want" }).equal;

const formulas = (text: string) => (text.match(/\$[^$]*\$/g) ?? []).sort();

it("are seventeen, with names of their own, four or five of each field, all with a second solver", () => {
  const names = FAMILIES.map(({ name }) => name);
  expect(new Set(names).size).toBe(17);
  expect(solvedFamilies().sort()).toEqual([...names].sort());
  const counts = ["Algebra", "Geometry", "Number Theory", "Combinatorics"].map(
    (wanted) => FAMILIES.filter(({ field }) => field === wanted).length,
  );
  expect(counts).toEqual([4, 5, 4, 4]);
});

describe.each(FAMILIES.map((family) => ({ name: family.name, family })))("$name", ({ family }) => {
  describe.each(TIERS)("%s", (tier) => {
    const cases = Array.from({ length: SEEDS }, (_, seed) => {
      const parameters = family.draw(createRandom(seed), tier);
      return { parameters, ...family.pose(parameters) };
    });

    /** For what the second solver does not see; traps take every fourth of them. */
    const some = cases.slice(0, 200);

    it("has the answer of the second solver", () => {
      const wrong = cases
        .filter(({ answer, parameters }) => !isEqual(answer, solveAgain(family.name, parameters)))
        .map(({ answer, parameters }) => `${answer} ${JSON.stringify(parameters)}`);
      expect(wrong).toEqual([]);
    });

    it("is not trapped: a trap equals the answer only where it is written the same", () => {
      for (const { answer, traps } of some.filter((_, i) => i % 4 === 0)) {
        expect(traps.length).toBeGreaterThan(0);
        for (const { value, name } of traps)
          expect([name, answer, value, isEqual(answer, value)]).toEqual([
            name,
            answer,
            value,
            answer === value,
          ]);
      }
    });

    it("says the same in both languages", () => {
      for (const { text } of cases) {
        expect(formulas(text.ZH)).toEqual(formulas(text.EN));
        // All numbers are in formulas: the words have none.
        for (const words of [text.EN, text.ZH].map((all) => all.replace(/\$[^$]*\$/g, "")))
          expect(words).not.toMatch(/\d|undefined|NaN|\$/);
        expect(text.ZH).toMatch(/\p{Script=Han}/u);
        expect(text.EN).not.toMatch(/\p{Script=Han}/u);
      }
    });

    it("writes answers and traps that are read as mathematics", () => {
      for (const { answer, traps } of some)
        for (const value of [answer, ...traps.map((trap) => trap.value)]) {
          expect(readAnswer(value, "want").problem).toBeUndefined();
          expect(value).not.toMatch(/undefined|NaN|Infinity|\be\+|\$/);
        }
    });

    it("has problems enough", () => {
      expect(new Set(some.map(({ text }) => text.EN)).size).toBeGreaterThan(0.7 * some.length);
    });
  });
});
