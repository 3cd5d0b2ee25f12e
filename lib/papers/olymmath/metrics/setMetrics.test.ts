import { describe, expect, it } from "vitest";
import { guessRate } from "../analyses/guesses";
import { languageGap } from "../analyses/languageGap";
import { gradeProblem } from "../grading/grade";
import type { Problem, ProblemSet } from "../problems/problem";
import { promptOf } from "../prompts";
import { samplingPlan } from "../sampling/plan";
import { type Ability, ableModel, graded, madeUpSet, TEST_SETTINGS } from "../testing";
import { fieldMetrics, setMetrics } from "./setMetrics";
import { voteOf } from "./vote";

const QUICK = { resamples: 200 };

describe("setMetrics", () => {
  const two = [
    graded({ answer: "1" }, ["1", "2", "1", "3"]),
    graded({ id: "SYNTH-EASY-1-EN", field: "Geometry", answer: "5" }, ["4", "~4", "", "5"]),
  ];

  it("by hand: two problems of four samples", () => {
    const metrics = setMetrics(two, { ...QUICK, ks: [1, 2, 4, 8] });
    expect(metrics).toMatchObject({ problems: 2, unsampled: 0, samples: { least: 4, most: 4 }, repeated: 0 });
    expect(metrics.accuracy.value).toBe(3 / 8);
    // pass@2: 1 - C(2,2)/C(4,2) = 5/6 and 1 - C(3,2)/C(4,2) = 1/2
    expect(metrics.pass.map(({ k, estimate }) => [k, estimate.value])).toEqual([
      [1, expect.closeTo(3 / 8, 12)],
      [2, expect.closeTo((5 / 6 + 1 / 2) / 2, 12)],
      [4, 1],
    ]);
    // cons@2 of the first, 1 2 1 3: {1,1} 1, {1,2} and {1,3} twice each 1/2, {2,3} 0
    // of the second, 4 4 - 5: {4,4} 0, {4,-} twice 0, {4,5} twice 1/2, {-,5} 1
    const [first, second] = [(1 + 4 / 2) / 6, (2 / 2 + 1) / 6];
    expect(metrics.consensus.map(({ k, estimate }) => [k, estimate.value])).toEqual([
      [1, expect.closeTo((1 / 2 + 1 / 4) / 2, 12)],
      [2, expect.closeTo((first + second) / 2, 12)],
      [4, 1 / 2],
    ]);
    expect(metrics).toMatchObject({ agreement: 1 / 2, distinct: 5 / 2, voiceless: 1 });
    expect(metrics.truncated.value).toBe(1 / 8);
    expect(metrics.unboxed.value).toBe(1 / 8);
    expect(metrics.tokens).toEqual({
      all: 25,
      correct: (10 + 30 + 40) / 3,
      incorrect: (20 + 40 + 10 + 20 + 30) / 5,
    });
    for (const { estimate } of [...metrics.pass, ...metrics.consensus]) {
      expect(estimate.low).toBeLessThanOrEqual(estimate.value);
      expect(estimate.high).toBeGreaterThanOrEqual(estimate.value);
    }
  });

  it("counts the samples that have no vote: by reference there are none", () => {
    const voiceless = (mode: "ref" | "want") =>
      setMetrics(
        [
          graded({ answer: "1" }, ["", "?{", "?{", "1"], mode),
          graded({ answer: "1" }, ["\\frac{1}{0}", "[3,1]", "\\text{none}", "2"], mode),
        ],
        QUICK,
      ).voiceless;
    expect([voiceless("ref"), voiceless("want")]).toEqual([0, 5]);
  });

  it("takes k up to the fewest samples, and leaves problems without samples out", () => {
    const uneven = [...two, graded({ answer: "1" }, ["1", "1"]), graded({ answer: "1" }, [])];
    const metrics = setMetrics(uneven, QUICK);
    expect(metrics).toMatchObject({ problems: 4, unsampled: 1, samples: { least: 2, most: 4 } });
    expect(metrics.pass.map(({ k }) => k)).toEqual([1, 2]);
    expect(metrics.accuracy.value).toBe(5 / 10); // Σ c / Σ n
    expect(metrics.pass[0].estimate.value).toBeCloseTo((1 / 2 + 1 / 4 + 1) / 3, 12); // mean over problems
    expect(() => setMetrics([graded({ answer: "1" }, [])])).toThrow("None of the problems has a sample");
  });

  it("per field: those that have samples", () => {
    const metrics = fieldMetrics([...two, graded({ field: "Combinatorics", answer: "1" }, [])], QUICK);
    expect(metrics.map(({ field, metrics: { accuracy } }) => [field, accuracy.value])).toEqual([
      ["Algebra", 1 / 2],
      ["Geometry", 1 / 4],
    ]);
  });
});

describe("voteOf", () => {
  const all = (mode: "ref" | "want", ...answers: string[]) => {
    return voteOf(graded({ answer: "1" }, answers, mode))(Int32Array.from(answers.keys()));
  };

  it.each([
    [["1", "1", "2", "2", "2"], 0, 0],
    [["1", "2"], 1, 0.5],
    [["2", "1"], 0, 0.5],
    [["2", "1", "1.0"], 1, 1],
    [["", "", "1"], 0, 1], // empty answers vote by reference
    [["", ""], 0, 0],
    [["?{", "?{", "1"], 0, 1], // as what cannot be read does
    [["\\frac00", "\\frac00", "1"], 0, 1], // or has no value
  ])("%j: %d by reference, %d as wanted", (answers, ref, want) => {
    expect([all("ref", ...answers), all("want", ...answers)]).toEqual([ref, want]);
  });

  it("of samples drawn anew, the answer that came first in the draw is formed first", () => {
    const vote = voteOf(graded({ answer: "1" }, ["1", "2"], "ref"));
    expect(
      [
        [0, 1],
        [1, 0],
        [1, 0, 0],
      ].map((places) => vote(Int32Array.from(places))),
    ).toEqual([1, 0, 1]);
  });
});

describe("a model of known ability", () => {
  /** Graded samples of what the model answers. */
  async function results(
    sets: readonly ProblemSet[],
    ability: (problem: Problem) => Ability,
    samples: number,
  ) {
    const model = ableModel(sets, ability);
    const problems = sets.flatMap((set) => set.problems);
    const texts = new Map<string, string[]>();
    for (const { problem, seed } of samplingPlan(problems, samples, model.name, TEST_SETTINGS)) {
      const input = { messages: promptOf(problem), continueFinal: false };
      let text = "";
      const asked = { input, seed, temperature: 1, topP: 1, stop: [] };
      for await (const piece of model.complete(asked, new AbortController().signal)) text += piece.text;
      texts.set(problem.id, [...(texts.get(problem.id) ?? []), text]);
    }
    const usage = { promptTokens: 7, completionTokens: 3 };
    return problems.map((problem) =>
      gradeProblem(
        problem,
        texts.get(problem.id)!.map((text, sample) => ({ sample, text, usage, finishReason: "stop" })),
        "want",
      ),
    );
  }

  it("is found again: accuracy, the gap between languages, the rate of guesses", async () => {
    const sets = [madeUpSet("EN", 40), madeUpSet("ZH", 40)];
    // In English right with p_i = 0.2 .. 0.8, in Chinese half as often; a third of what is wrong is the trap.
    const right = ({ index, language }: Problem) =>
      (0.2 + (0.6 * (index % 10)) / 9) * (language === "EN" ? 1 : 0.5);
    const all = await results(
      sets,
      (problem) => ({ right: right(problem), trapped: (1 - right(problem)) / 3 }),
      8,
    );
    const [en, zh] = [all.slice(0, 40), all.slice(40)];
    const metrics = setMetrics(en, { resamples: 500 });
    const within = ({ low, high }: { low: number; high: number }, truth: number) =>
      low <= truth && truth <= high;
    expect(within(metrics.accuracy, 0.5)).toBe(true);
    expect(metrics.accuracy.high - metrics.accuracy.low).toBeLessThan(0.2);

    const [row, ...fields] = languageGap([{ model: "able", en, zh }], { resamples: 500 });
    expect(row).toMatchObject({ tier: "EASY", field: "all", problems: 40 });
    expect(within(row.difference, 0.25)).toBe(true);
    expect(row.adjustedPValue).toBeLessThan(0.001);
    expect(fields).toHaveLength(4);

    const guesses = guessRate(all, { resamples: 500 });
    expect(within(guesses.rate, 1 / 3)).toBe(true);
    expect(guesses.rate.high - guesses.rate.low).toBeLessThan(0.15);
  });
});
