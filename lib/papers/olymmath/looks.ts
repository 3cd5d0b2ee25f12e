import { join } from "node:path";
import type { ResultTable } from "../../experiment/record";
import type { StoredRun } from "../../experiment/store";
import { type CheckMode, checkAnswer, extractAnswer } from "../../math";
import { RUN_FILES } from "./inHouseRun";
import { sampleCount } from "./measures";
import { FIELDS, type Language, type ProblemSet } from "./problems/problem";
import { readProblemFile } from "./problems/problemFile";
import { forEachSample } from "./sampling/sampleLog";
import { solutionOf } from "./synthetic/inHouse/examples";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { lessonItems } from "./synthetic/inHouse/lessons/lessonItems";
import { type Shape, shapeCounts } from "./synthetic/shapes";

type Rows = ResultTable["rows"];

/** What a file of problems holds: its fields, the mean length of its texts, and the hash that tells its version. */
export function problemTable(sets: readonly ProblemSet[]): Rows {
  return sets.map(({ name, problems, sha256 }) => ({
    set: name,
    problems: problems.length,
    ...Object.fromEntries(
      FIELDS.map((field) => [field, problems.filter((problem) => problem.field === field).length]),
    ),
    "characters, mean": Math.round(
      problems.reduce((sum, { text }) => sum + text.length, 0) / problems.length,
    ),
    "SHA-256": sha256.slice(0, 8),
  }));
}

/** How many answers of each tier have which shape; those of one language, since the other's are the same. */
export function answerShapes(sets: readonly ProblemSet[]): Record<string, Record<Shape, number>> {
  const [{ problems }] = sets;
  const own = sets.filter((set) => set.problems[0].language === problems[0].language);
  return Object.fromEntries(
    own.map((set) => [set.problems[0].tier, shapeCounts(set.problems.map(({ answer }) => answer))]),
  );
}

/** Golds and answers on which checkers go wrong. @see OlymMATH, golds of its files; Math-Verify, what it accepts and refuses */
export const CHECKER_CASES: readonly (readonly [gold: string, answer: string])[] = [
  ["\\frac{1}{1112112}", "0.000001"],
  ["\\frac{1}{1112112}", "8.99190\\times 10^{-7}"],
  ["\\frac{1}{3}", "0.3333"],
  ["2^{2020}", "4^{1010}"],
  ["2^{2020}", "2^{2020}+1"],
  ["\\sqrt{10^{34}+1}", "10^{17}"],
  ["\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt6}"],
  ["5", "2 \\sqrt{ 5"],
  ["1000", "1.000"],
  ["120", "C_{10}^3"],
  ["\\frac{1}{2}", "０.５"],
  ["\\frac{1}{2}", "50\\%"],
  ["15^{\\circ}", "15"],
  ["\\{1,2\\}", "1或2"],
  ["(2,5)", "\\{2,5\\}"],
  ["\\left[\\frac{\\sqrt{2}-1}{2},+\\infty\\right)", "x \\ge \\frac{\\sqrt{2}-1}{2}"],
];

/** Each case judged in both ways, with the reason. */
export function checkerTable(cases: readonly (readonly [string, string])[] = CHECKER_CASES): Rows {
  return cases.map(([gold, answer]) => {
    const cells = (["ref", "want"] as const).map((mode) => {
      const { equal, reason } = checkAnswer(gold, answer, { mode });
      return [
        [mode, equal ? "right" : "wrong"],
        [`why, ${mode}`, reason],
      ];
    });
    return { gold, answer, ...Object.fromEntries(cells.flat()) };
  });
}

/** Ends of responses from which it is not plain what the answer is. @see OlymMATH, answer extraction */
export const RESPONSE_CASES: readonly string[] = [
  "first \\boxed{4}, no: \\boxed{5}",
  "\\boxed{5}, as was asked: \\boxed{}",
  "\\boxed{\\boxed{7}}",
  "\\text{so it is \\boxed{7}}",
  "{ and never closed \\boxed{5}",
  "\\boxed{x \\in \\{1,2\\}}",
  "\\boxed 5",
  "\\fbox{5}",
  "\\boxed{3}, \\boxed{4}",
  "<think>perhaps \\boxed{3}</think> It is \\boxed{4}.",
  "\\boxed{5",
  "The answer is 5.",
];

/** What each way of extracting takes for the answer. */
export function extractionTable(responses: readonly string[] = RESPONSE_CASES): Rows {
  return responses.map((response) => {
    const of = (mode: CheckMode) => extractAnswer(response, { mode });
    const { answer, boxes, emptyBoxes, truncated } = of("want");
    return {
      response,
      ref: of("ref").answer,
      want: answer,
      boxes,
      "empty boxes": emptyBoxes,
      "cut off": truncated ? "yes" : "no",
    };
  });
}

/** A problem of each family that the in-house model learns, with what it is to write. */
export function lessonTable(): Rows {
  return lessonItems({ split: "training", count: LESSONS.length, numbers: "small" }).map((item) => ({
    family: item.family,
    field: item.field,
    problem: item.text.EN,
    solution: solutionOf(item),
    "the shortcut's answer": item.traps[0].value,
  }));
}

/** The first sample of a run's first problems as it was drawn, with the verdict. */
export async function solutionTable(
  run: StoredRun,
  { language = "EN", count = LESSONS.length }: { readonly language?: Language; readonly count?: number } = {},
): Promise<Rows> {
  const { problems } = await readProblemFile(join(run.folder, RUN_FILES.problems(language)));
  const texts = new Map<string, string>();
  await forEachSample(join(run.folder, RUN_FILES.samples), (record) => {
    if (record.status !== "failed" && record.sample === 0) texts.set(record.problem, record.text);
  });
  const [correct, n] = [run.array(`correct ${language}`), sampleCount(run)];
  return problems.slice(0, count).map(({ id, text, answer }, problem) => ({
    problem: text,
    gold: answer,
    "what the model wrote": texts.get(id) ?? "",
    verdict: correct[problem * n] === 1 ? "right" : "wrong",
  }));
}
