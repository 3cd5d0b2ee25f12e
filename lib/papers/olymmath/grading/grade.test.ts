import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { inProcessBackend } from "../sampling/inProcess";
import { drawSamples } from "../sampling/run";
import { withSampleLog } from "../sampling/sampleLog";
import { settingsId } from "../sampling/settings";
import { ableModel, graded, madeUpSet, TEST_SETTINGS } from "../testing";
import { checkerVersion } from "./checkerVersion";
import { disagreements, suspiciousGolds } from "./disagreements";
import { distinctClusters, gradeLog, gradeProblem } from "./grade";

const [problem] = madeUpSet("EN", 1).problems; // 3 + 5, the trap is 15
const usage = { promptTokens: 1, completionTokens: 20 };

describe("gradeProblem", () => {
  it("reads the last box, and notes what kind of answer it is", () => {
    const texts = [
      "So \\boxed{7}, no: \\boxed{8}",
      "<think>long \\boxed{8}</think>\\boxed{15}",
      "8",
      "\\boxed{8.0}",
      "\\boxed{8",
      "8",
    ];
    const { samples, clusters } = gradeProblem(
      problem,
      texts.map((text, sample) => ({ sample, text, usage, finishReason: sample === 4 ? "length" : "stop" })),
      "want",
    );
    expect(samples.map(({ answer }) => answer)).toEqual(["8", "15", "", "8.0", "", ""]);
    expect(samples.map(({ correct }) => correct)).toEqual([true, false, false, true, false, false]);
    expect(samples.map(({ trapped }) => trapped)).toEqual([false, true, false, false, false, false]);
    expect(samples.map(({ boxed }) => boxed)).toEqual([true, true, false, true, false, false]);
    expect(samples.map(({ truncated }) => truncated)).toEqual([false, false, false, false, true, false]);
    expect(samples.map(({ repeated }) => repeated)).toEqual([false, false, false, false, false, true]);
    expect(samples[1]).toMatchObject({ reasoningLength: 29, visibleLength: 10, tokens: 20 });
    expect(clusters).toEqual([[0, 3], [1]]);
  });

  it("orders samples by their numbers, takes the newest of each, and reads no answer from thoughts told apart", () => {
    const at = (sample: number, text: string, reasoning?: string) => ({
      sample,
      text,
      reasoning,
      usage,
      finishReason: "stop",
    });
    const { samples } = gradeProblem(
      problem,
      [at(2, "\\boxed{1}"), at(0, "\\boxed{2}"), at(0, "none", "\\boxed{8}")],
      "want",
    );
    expect(samples.map(({ sample, answer }) => [sample, answer])).toEqual([
      [0, ""],
      [2, "1"],
    ]);
    expect(samples[0]).toMatchObject({ reasoningLength: 9, visibleLength: 4, correct: false });
  });

  it("follows the mode: empty answers are equal to each other by reference", () => {
    expect(graded({ answer: "8" }, ["", "", "8"], "ref").clusters).toEqual([[0, 1], [2]]);
    expect(graded({ answer: "8" }, ["", "", "8"], "want").clusters).toEqual([[2]]);
  });
});

describe("distinctClusters", () => {
  it("groups equal answers in the order of their founders, and what is equal to the letter always", () => {
    const answers = ["1/2", "3", "0.5", "\\frac12", "3", "?{", "?{"];
    expect(distinctClusters(answers, "ref")).toEqual([
      [0, 2, 3],
      [1, 4],
      [5, 6],
    ]);
    expect(distinctClusters(answers, "want")).toEqual([
      [0, 2, 3],
      [1, 4],
    ]);
    const long = "1".repeat(3_000); // too long to be read
    expect(distinctClusters([long, "2", long], "ref")).toEqual([[0, 2], [1]]);
    expect(distinctClusters([long, "2", long], "want")).toEqual([[1]]);
  });
});

describe("gradeLog", () => {
  it("grades again from what is stored, of one model and its settings alone", async () => {
    const sets = [madeUpSet("EN", 2)];
    await withTemporaryFolder(async (folder) => {
      const path = join(folder, "log.jsonl");
      const draw = (name: string, right: number) =>
        withSampleLog(path, (log) =>
          drawSamples(
            { sets, samples: 3, settings: TEST_SETTINGS },
            inProcessBackend(ableModel(sets, () => ({ right }), { name })),
            log,
          ),
        );
      await draw("good", 1);
      await draw("bad", 0);
      const grade = (model: string, problems = sets[0].problems) =>
        gradeLog(path, problems, "ref", { model, settingsId: settingsId(TEST_SETTINGS) });
      const right = (all: Awaited<ReturnType<typeof grade>>) =>
        all.map(({ samples }) => samples.map(({ correct }) => Number(correct)));
      expect(right(await grade("good"))).toEqual([
        [1, 1, 1],
        [1, 1, 1],
      ]);
      expect(right(await grade("bad"))).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      expect(right(await grade("nobody"))).toEqual([[], []]);
      const corrected = sets[0].problems.map((one) => ({ ...one, answer: "9" }));
      expect(right(await grade("good", corrected))).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      const reworded = sets[0].problems.map((one, row) =>
        row === 0 ? { ...one, text: `${one.text}!` } : one,
      );
      expect(right(await grade("good", reworded))).toEqual([[], [1, 1, 1]]);
      const other = await gradeLog(path, sets[0].problems, "ref", { model: "good", settingsId: "other" });
      expect(right(other)).toEqual([[], []]);
    });
  });
});

describe("checkerVersion", () => {
  it("is that of the code, the same each time", () => {
    expect(checkerVersion()).toMatch(/^[0-9a-f]{12}$/);
    expect(checkerVersion()).toBe(checkerVersion());
  });
});

describe("what to look into", () => {
  it("lists answers on which the two ways of checking differ", () => {
    const answers = ["\\sin 30^{\\circ}", "\\frac12", "\\sin 30^{\\circ}", "3"];
    const [ref, want] = (["ref", "want"] as const).map((mode) =>
      graded({ answer: "\\frac{1}{2}" }, answers, mode),
    );
    const answer = "\\sin 30^{\\circ}";
    expect(disagreements([ref], [want])).toEqual([
      {
        problem: "SYNTH-EASY-0-EN",
        gold: "\\frac{1}{2}",
        answers: { ref: answer, want: answer },
        correct: { ref: false, want: true },
        samples: 2,
      },
    ]);
  });

  it("lists golds that most samples contradict with one voice", () => {
    const of = (...answers: string[]) => suspiciousGolds([graded({ answer: "8" }, answers)]);
    expect(of("9", "9", "8", "7")).toEqual([
      { problem: "SYNTH-EASY-0-EN", gold: "8", answer: "9", votes: 2, samples: 4 },
    ]);
    expect(of("9", "9", "8", "7", "6")).toEqual([]);
    expect(of("8", "8", "9")).toEqual([]);
    expect(of("", "")).toEqual([]);
    expect(of()).toEqual([]);
  });
});
