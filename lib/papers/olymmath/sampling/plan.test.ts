import { describe, expect, it } from "vitest";
import { INSTRUCTIONS, promptDigest, promptOf } from "../prompts";
import { madeUpSet, TEST_SETTINGS } from "../testing";
import { sampleKey, samplingPlan } from "./plan";

const [en, zh] = [madeUpSet("EN", 3).problems, madeUpSet("ZH", 3).problems];

describe("prompts", () => {
  it("are one turn: the instruction of the language, a blank line, the problem", () => {
    expect(promptOf(en[0])).toEqual([{ role: "user", content: `${INSTRUCTIONS.EN}\n\nWhat is $3+5$?` }]);
    expect(promptOf(zh[0])[0].content).toBe(`${INSTRUCTIONS.ZH}\n\n求 $3+5$ 的值.`);
    for (const instruction of Object.values(INSTRUCTIONS)) expect(instruction).toContain("\\boxed{}");
    expect(promptDigest(en[0])).not.toBe(promptDigest({ ...en[0], text: "What is $3+5$ ?" }));
  });
});

describe("samplingPlan", () => {
  const plan = samplingPlan([...en, ...zh], 4, "m", TEST_SETTINGS);

  it("goes round the problems, both languages of a number beside each other", () => {
    expect(
      plan.slice(0, 8).map(({ problem, sample }) => `${problem.language}${problem.index} ${sample}`),
    ).toEqual(["EN0 0", "ZH0 0", "EN1 0", "ZH1 0", "EN2 0", "ZH2 0", "EN0 1", "ZH0 1"]);
    expect(plan).toHaveLength(24);
  });

  it("is fair wherever it is broken off", () => {
    for (let cut = 0; cut <= plan.length; cut++) {
      const counts = new Map([...en, ...zh].map(({ id }) => [id, 0]));
      for (const { problem } of plan.slice(0, cut)) counts.set(problem.id, counts.get(problem.id)! + 1);
      expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
    }
  });

  it("gives each sample a name and a seed of its own, the same in a longer plan", () => {
    expect(new Set(plan.map(({ key }) => key)).size).toBe(24);
    expect(new Set(plan.map(({ seed }) => seed)).size).toBe(24);
    expect(plan.every(({ seed }) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
    expect(samplingPlan([...en, ...zh], 6, "m", TEST_SETTINGS).slice(0, 24)).toEqual(plan);
  });

  it("names a sample by problem, wording, language, number, model and settings, not by the gold", () => {
    const key = sampleKey(en[0], 0, "m", TEST_SETTINGS);
    const others = [
      sampleKey(en[1], 0, "m", TEST_SETTINGS),
      sampleKey({ ...en[0], text: "What?" }, 0, "m", TEST_SETTINGS),
      sampleKey({ ...en[0], language: "ZH" }, 0, "m", TEST_SETTINGS),
      sampleKey(en[0], 1, "m", TEST_SETTINGS),
      sampleKey(en[0], 0, "n", TEST_SETTINGS),
      ...(["temperature", "topP", "minP", "maxTokens", "seed"] as const).map((field) =>
        sampleKey(en[0], 0, "m", { ...TEST_SETTINGS, [field]: 1 }),
      ),
    ];
    expect(new Set([key, ...others]).size).toBe(11);
    expect(sampleKey({ ...en[0], answer: "9" }, 0, "m", TEST_SETTINGS)).toBe(key);
  });

  it("refuses what cannot be planned", () => {
    expect(() => samplingPlan(en, 0, "m", TEST_SETTINGS)).toThrow("must be a whole number from 1; got 0");
    expect(() => samplingPlan([...en, en[0]], 1, "m", TEST_SETTINGS)).toThrow("same name");
  });
});
