import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../../data/random";
import { checkAnswer } from "../../../../../math";
import { FIELDS } from "../../../problems/problem";
import { FAMILIES } from "../../families";
import { familyOf, splitOfText } from "../../items";
import { inHouseTokenizer } from "../model";
import { LESSONS } from ".";
import { drills } from "./drills";
import { distinctLessonItems, lessonItems, withShortcuts } from "./lessonItems";

const NUMBERS = ["small", "all"] as const;
const each = 12 * LESSONS.length;

/** The steps of a derivation that are false, and what they say. */
function falseSteps(work: string): string[] {
  return work.split(", ").filter((step) => {
    const [left, right] = step.split("=");
    return !checkAnswer(right, left, { mode: "want" }).equal;
  });
}

const numbersOf = (formula: string): string[] => formula.match(/\d+/g) ?? [];

/** What the last step of a derivation comes to. */
const lastNumber = (work: string): string => numbersOf(work.split("=").at(-1)!)[0];

it("are of families that there are, one of every field at least", () => {
  const names = LESSONS.map(({ family }) => family);
  expect(new Set(names).size).toBe(names.length);
  const fields = new Set(names.map((name) => familyOf(name).field));
  expect([...fields].sort()).toEqual([...FIELDS].sort());
  expect(FAMILIES.length).toBeGreaterThan(names.length);
});

describe.each(NUMBERS)("with %s numbers", (numbers) => {
  const items = lessonItems({ split: "training", count: each, numbers });

  it("derive the answer in true steps", () => {
    for (const { work, answer, family } of items) {
      expect([family, falseSteps(work)]).toEqual([family, []]);
      expect(numbersOf(answer)).toContain(lastNumber(work));
    }
  });

  it("derive the trap's value in true steps, and not the answer's", () => {
    for (const { work, answer, traps, family } of withShortcuts(items, 1, 1)) {
      expect([family, falseSteps(work)]).toEqual([family, []]);
      expect(answer).toBe(traps[0].value);
      expect(numbersOf(answer)).toContain(lastNumber(work));
    }
  });

  it("belong to their split, and take turns", () => {
    expect(items.map(({ family }) => family).slice(0, 2 * LESSONS.length)).toEqual([
      ...LESSONS.map(({ family }) => family),
      ...LESSONS.map(({ family }) => family),
    ]);
    for (const split of ["training", "validation", "test"] as const)
      for (const { text } of lessonItems({ split, count: each, numbers }))
        expect(splitOfText(text.EN)).toBe(split);
  });
});

it("keep to small numbers where these are asked for", () => {
  const small = (numbers: "small" | "all") =>
    lessonItems({ split: "training", count: each, numbers }).map(({ family, parameters }) =>
      LESSONS.find((lesson) => lesson.family === family)!.isSmall(parameters),
    );
  expect(small("small")).toEqual(Array(each).fill(true));
  expect(small("all")).toContain(false);
});

it("have problems enough for a test of sixty, each text once", () => {
  const texts = distinctLessonItems({ split: "test", count: 60, numbers: "small" }).map(
    ({ text }) => text.EN,
  );
  expect(new Set(texts).size).toBe(60);
  expect(() => distinctLessonItems({ split: "test", count: 200, numbers: "small" })).toThrow(
    "The lessons have no 200 problems in the split test: ask for fewer.",
  );
});

it("take shortcuts for the share that is asked for, the same for one seed", () => {
  const items = lessonItems({ split: "training", count: 600, numbers: "small" });
  const taken = (share: number, seed = 1) =>
    withShortcuts(items, share, seed).filter(({ answer }, k) => answer !== items[k].answer).length;
  expect([taken(0), taken(1)]).toEqual([0, 600]);
  expect(withShortcuts(items, 0.2, 3)).toEqual(withShortcuts(items, 0.2, 3));
  // four standard deviations of a binomial share
  expect(Math.abs(taken(0.2) - 120)).toBeLessThan(40);
});

it("are drilled by their steps alone, all of which are to be written", () => {
  const tokenizer = inHouseTokenizer();
  const items = lessonItems({ split: "training", count: 2 * LESSONS.length, numbers: "small" });
  const drilled = drills(tokenizer, items, 20, createRandom(1));
  expect(drilled).toEqual(drills(tokenizer, items, 20, createRandom(1)));
  expect(drilled).toHaveLength(20);
  const steps = new Set(items.flatMap(({ work }) => work.split(", ")));
  for (const { tokens, written } of drilled) {
    expect([written, tokens[tokens.length - 1]]).toEqual([1, tokenizer.eos]);
    const text = tokenizer.decode(tokens.subarray(0, -1));
    expect(text).toMatch(/^\$[^$]+\$$/);
    for (const step of text.slice(1, -1).split(", ")) expect(steps).toContain(step);
  }
});
