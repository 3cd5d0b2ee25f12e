import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../data/testing";
import {
  drawEvaluation,
  type Evaluation,
  evaluationFolder,
  logOf,
  planOf,
  reportEvaluation,
  scoreSoFar,
} from "./evaluation";
import { evaluationSet, evaluationSets } from "./evaluationSets";
import { inProcessBackend } from "./sampling/inProcess";
import { settingsId } from "./sampling/settings";
import { ableModel, madeUpSet, TEST_SETTINGS } from "./testing";

const sets = [madeUpSet("EN", 4), madeUpSet("ZH", 4)];

describe("an evaluation", () => {
  it("is kept by model and settings; made-up problems and replays lie apart", () => {
    const digest = settingsId(TEST_SETTINGS).slice(0, 8);
    const real = sets.map((set) => ({ ...set, synthetic: false }));
    const folder = (options: Partial<Parameters<typeof evaluationFolder>[1]>) =>
      evaluationFolder("/r", {
        ...{ model: "org/a model:1.5b", settings: TEST_SETTINGS, sets: real, replayed: false },
        ...options,
      });
    expect(folder({})).toBe(`/r/org-a-model-1.5b-${digest}`);
    expect(folder({ sets })).toBe(`/r/org-a-model-1.5b-${digest}-synthetic`);
    expect(folder({ replayed: true })).toBe(`/r/org-a-model-1.5b-${digest}-replay`);
    expect(folder({ settings: { ...TEST_SETTINGS, seed: 1 } })).not.toBe(folder({}));
    expect(folder({ model: "../../x" })).toBe(`/r/..-..-x-${digest}`);
  });

  it("draws, counts what is right, and reports", async () => {
    await withTemporaryFolder(async (root) => {
      const folder = join(root, "made", "here");
      const evaluation: Evaluation = { sets, samples: 2, settings: TEST_SETTINGS, model: "able", folder };
      const model = ableModel(sets, ({ language }) => ({ right: language === "EN" ? 1 : 0 }));
      await drawEvaluation(evaluation, inProcessBackend(model));
      expect(planOf(evaluation)).toHaveLength(16);
      expect(await scoreSoFar(evaluation, "want")).toEqual({ samples: 16, right: 8 });
      const { report, files } = await reportEvaluation(evaluation, { resamples: 50 });
      expect(report.sets.map(({ set, want }) => [set, want.metrics.accuracy.value])).toEqual([
        ["EN-EASY", 1],
        ["ZH-EASY", 0],
      ]);
      expect(files.every((file) => existsSync(file))).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["report.csv", "report.json", "report.md", "samples.jsonl"]);
      expect(readFileSync(logOf(evaluation), "utf8").trimEnd().split("\n")).toHaveLength(17);
    });
  });
});

describe("evaluationSet", () => {
  it("makes problems up, the same each time, translations of each other", async () => {
    const [en, zh] = [await evaluationSet("SYNTH-EN-EASY"), await evaluationSet("SYNTH-ZH-EASY")];
    expect([en.name, zh.name, en.synthetic]).toEqual(["EN-EASY", "ZH-EASY", true]);
    expect(en.problems).toHaveLength(100);
    expect(en.problems.map(({ answer }) => answer)).toEqual(zh.problems.map(({ answer }) => answer));
    expect(en.problems[7].id).toBe("SYNTH-EASY-7-EN");
    expect((await evaluationSet("SYNTH-EN-EASY")).sha256).toBe(en.sha256);
    expect(zh.sha256).not.toBe(en.sha256);
  });

  it("reads a file, whose hash is that of the set", async () => {
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "own.jsonl");
      const row = { problem: "1+1?", answer: "2", subject: "Algebra", unique_id: "SYNTH-HARD-0-EN" };
      writeFileSync(path, `${JSON.stringify(row)}\n`);
      expect(await evaluationSet(path)).toMatchObject({ name: "EN-HARD", problems: [{ text: "1+1?" }] });
    });
  });
});

describe("evaluationSets", () => {
  it("puts sets in order, and cuts them", () => {
    const hard = madeUpSet("EN", 4, "HARD");
    const cut = evaluationSets([sets[1], hard, sets[0]], 3);
    expect(cut.map(({ name, problems }) => [name, problems.length])).toEqual([
      ["EN-EASY", 3],
      ["EN-HARD", 3],
      ["ZH-EASY", 3],
    ]);
    expect(evaluationSets(sets)).toEqual(sets);
  });

  it("refuses what does not belong together", () => {
    expect(() => evaluationSets([sets[0], sets[0]])).toThrow("Two of the sets are EN-EASY");
    expect(() => evaluationSets([sets[0], { ...sets[1], synthetic: false }])).toThrow(
      "Made-up problems and those of the benchmark",
    );
  });
});
