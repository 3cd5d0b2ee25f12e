import type { GradedProblem } from "./grading/grade";
import { gradeProblem } from "./grading/grade";
import type { Problem } from "./problems/problem";
import type { SampleRecord } from "./sampling/record";
import { forEachSample } from "./sampling/sampleLog";
import { madeUpSet } from "./testingModel";

/** Helpers for the tests. */

export * from "./testingModel";

type Timeless<T> = T extends unknown ? Omit<T, "startedAt" | "endedAt"> : never;

/** The samples of a log without their times. */
export async function samplesOf(path: string): Promise<Timeless<SampleRecord>[]> {
  const records: Timeless<SampleRecord>[] = [];
  await forEachSample(path, ({ startedAt: _, endedAt: __, ...record }) => records.push(record));
  return records;
}

/** A problem with answers in boxes; an empty answer has no box, one that begins with "~" is cut off. */
export function graded(
  problem: Partial<Problem> & Pick<Problem, "answer">,
  answers: readonly string[],
  mode: "ref" | "want" = "want",
): GradedProblem {
  const [base] = madeUpSet(problem.language ?? "EN", 1).problems;
  const records = answers.map((answer, sample) => ({
    sample,
    text: answer === "" ? `none ${sample}` : `${sample} \\boxed{${answer.replace(/^~/, "")}}`,
    finishReason: answer.startsWith("~") ? "length" : "stop",
    usage: { promptTokens: 1, completionTokens: 10 * (sample + 1) },
  }));
  return gradeProblem({ ...base, trap: undefined, ...problem }, records, mode);
}
