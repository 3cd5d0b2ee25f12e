import { describe, expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { circuitPrompt, placesOf, readCircuitPrompt, rightAnswer, TOKENS } from "../circuit/task";
import { ANSWERS, answerToken, promptSet, splitCombinations, VOCABULARY, withOtherValues } from "./examples";

const split = splitCombinations(1);
const readings = (prompts: readonly Int32Array[]) => prompts.map(readCircuitPrompt);

describe("splitCombinations", () => {
  it("holds 13 of the 64 combinations out, others for another seed", () => {
    const heldOut = (seed: number) => {
      const { isHeldOut } = splitCombinations(seed);
      const all = Array.from({ length: 64 }, (_, i) => ({
        entity: TOKENS.entity(i >> 3),
        attribute: TOKENS.attribute(i & 7),
      }));
      return all.flatMap((combination, i) => (isHeldOut(combination) ? [i] : []));
    };
    expect(heldOut(1)).toHaveLength(13);
    expect(split.heldOut).toBe(13);
    expect(heldOut(1)).toEqual(heldOut(1));
    expect(heldOut(1)).not.toEqual(heldOut(2));
  });
});

describe("promptSet", () => {
  it("has half of each label, of each instruction and of relevant documents", () => {
    for (const triples of [1, 2, 4]) {
      const prompts = promptSet(createRandom(2), { count: 120, triples });
      expect(prompts.every(({ length }) => length === placesOf(triples).length)).toBe(true);
      expect(prompts.filter((prompt) => rightAnswer(prompt) === "yes")).toHaveLength(60);
      const read = readings(prompts);
      expect(read.filter(({ relevant }) => relevant)).toHaveLength(60);
      expect(read.filter(({ relevant, positive }) => relevant && positive)).toHaveLength(30);
    }
  });

  it("has a third each of mismatches, crossed where asked for", () => {
    const kinds = (crossing: number) => {
      const irrelevant = readings(promptSet(createRandom(3), { count: 240, triples: 4, crossing })).filter(
        ({ relevant }) => !relevant,
      );
      const has = (what: "entity" | "attribute") =>
        irrelevant.map(({ triples, query }) => triples.some((triple) => triple[what] === query[what]));
      const [entity, attribute] = [has("entity"), has("attribute")];
      const count = (e: boolean, a: boolean) =>
        irrelevant.filter((_, i) => entity[i] === e && attribute[i] === a).length;
      return [count(true, false), count(false, true), count(false, false), count(true, true)];
    };
    expect(kinds(0)).toEqual([40, 40, 40, 0]);
    expect(kinds(1)).toEqual([0, 0, 40, 80]);
    const [, , neither, crossed] = kinds(0.6);
    expect(neither).toBe(40);
    expect(Math.abs(crossed - 48)).toBeLessThan(16);
  });

  it("shows training no combination that is held out, and asks tests for nothing else", () => {
    const of = (name: "training" | "test") =>
      readings(promptSet(createRandom(4), { count: 96, triples: 4, part: { name, split } }));
    for (const { triples, query } of of("training"))
      expect([query, ...triples].some(split.isHeldOut)).toBe(false);
    const test = of("test");
    expect(test.every(({ query }) => split.isHeldOut(query))).toBe(true);
    expect(test.filter(({ relevant }) => relevant)).toHaveLength(48);
  });
});

it("answers with tokens of their own", () => {
  const { tokens } = circuitPrompt(createRandom(5), { instruction: "negated", triples: 2 });
  expect(answerToken(tokens)).toBe(ANSWERS.no);
  expect(Math.max(ANSWERS.yes, ANSWERS.no)).toBe(VOCABULARY - 1);
  expect(Math.max(...tokens)).toBeLessThan(Math.min(ANSWERS.yes, ANSWERS.no));
});

it("changes nothing but values", () => {
  const [prompt] = promptSet(createRandom(7), { count: 1, triples: 4 });
  const copies = withOtherValues(createRandom(8), prompt, 3);
  expect(copies[0]).toEqual(prompt);
  const isValue = (at: number) => at < 13 && at % 3 === 0 && at > 0;
  for (const copy of copies.slice(1)) {
    const changed = [...copy.keys()].filter((at) => copy[at] !== prompt[at]);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every(isValue)).toBe(true);
  }
});

it("refuses documents that cannot be", () => {
  const make = (triples: number, crossed = false) =>
    circuitPrompt(createRandom(6), { instruction: "positive", mismatch: "entity", crossed, triples });
  expect(() => make(8)).toThrow("A document has 1 to 7 triples, not 8.");
  expect(() => make(1, true)).toThrow("A document has 2 to 7 triples, not 1.");
  expect(readCircuitPrompt(make(7).tokens).triples).toHaveLength(7);
});
