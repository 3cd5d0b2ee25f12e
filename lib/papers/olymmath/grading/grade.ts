import { createHash } from "node:crypto";
import { DataError } from "../../../data/error";
import { type CheckMode, type Cluster, checkAnswer, clusterAnswers, extractAnswer } from "../../../math";
import type { Problem } from "../problems/problem";
import { sampleKey } from "../sampling/plan";
import type { AnsweredRecord } from "../sampling/record";
import { forEachSample } from "../sampling/sampleLog";
import type { SampleSettings } from "../sampling/settings";

/** What a stored sample is worth: of its text only what the measures need. */
export interface GradedSample {
  readonly sample: number;
  /** What stands in the last box; empty where there is none. */
  readonly answer: string;
  readonly correct: boolean;
  /** Whether the answer is what the problem's trap gives. */
  readonly trapped: boolean;
  readonly boxed: boolean;
  /** Boxes with nothing in them. */
  readonly emptyBoxes: number;
  /** The model had no more tokens. */
  readonly truncated: boolean;
  /** Of the completion, thoughts included. */
  readonly tokens: number;
  /** Characters of the thoughts: what the server tells apart, or what stands before `</think>`. */
  readonly reasoningLength: number;
  /** Characters of the rest. */
  readonly visibleLength: number;
  /** The text is that of an earlier sample, to the letter: the server may have kept to one seed. */
  readonly repeated: boolean;
}

export interface GradedProblem {
  readonly problem: Problem;
  readonly mode: CheckMode;
  /** In the order of their numbers. */
  readonly samples: readonly GradedSample[];
  /** Samples whose answers are equal, by their places; those without a vote are in none. */
  readonly clusters: readonly Cluster[];
}

/**
 * Grades what a log holds of these problems: verdicts come from stored texts alone, so that another checker can be run over the same samples. Of each sample
 * its newest answer counts; failures have none, and samples of another wording of a problem are other samples.
 * @param model  whose samples, drawn with which settings
 * @throws DataError as `forEachSample`, and where no line tells of the run that a sample belongs to
 */
export async function gradeLog(
  path: string,
  problems: readonly Problem[],
  mode: CheckMode,
  { model, settingsId }: { readonly model: string; readonly settingsId: string },
): Promise<GradedProblem[]> {
  const graders = new Map(
    problems.map((problem) => [problem.id, { problem, ...createGrader(problem, mode) }]),
  );
  let settings: SampleSettings | undefined;
  await forEachSample(
    path,
    (record) => {
      if (record.status === "failed" || record.model !== model || record.settingsId !== settingsId) return;
      if (settings === undefined)
        throw new DataError(
          "A sample comes before the line about its run.",
          { file: path },
          "Give a whole log.",
        );
      const grader = graders.get(record.problem);
      if (grader !== undefined && record.key === sampleKey(grader.problem, record.sample, model, settings))
        grader.add(record);
    },
    (run) => {
      if (run.settingsId === settingsId) settings = run.settings;
    },
  );
  return [...graders.values()].map((grader) => grader.graded());
}

/** What grading reads of a record. */
export type GradedRecord = Pick<AnsweredRecord, "sample" | "text" | "reasoning" | "finishReason" | "usage">;

/** Grades the samples of one problem. */
export function gradeProblem(
  problem: Problem,
  records: readonly GradedRecord[],
  mode: CheckMode,
): GradedProblem {
  const grader = createGrader(problem, mode);
  for (const record of records) grader.add(record);
  return grader.graded();
}

function createGrader(problem: Problem, mode: CheckMode) {
  const found = new Map<number, Omit<GradedSample, "repeated"> & { readonly digest: string }>();
  const verdicts = new Map<string, Pick<GradedSample, "correct" | "trapped">>();

  /** The same answer gets the same verdict: it is checked once. */
  function verdictOn(answer: string): Pick<GradedSample, "correct" | "trapped"> {
    let verdict = verdicts.get(answer);
    if (verdict === undefined) {
      const equals = (gold: string) => checkAnswer(gold, answer, { mode }).equal;
      const correct = equals(problem.answer);
      verdict = { correct, trapped: !correct && problem.trap !== undefined && equals(problem.trap) };
      verdicts.set(answer, verdict);
    }
    return verdict;
  }

  return {
    add({ sample, text, reasoning = "", finishReason, usage }: GradedRecord): void {
      const { answer, boxes, emptyBoxes } = extractAnswer(text, { mode });
      const end = text.lastIndexOf(THOUGHT_END);
      const thought = reasoning.length + (end < 0 ? 0 : end + THOUGHT_END.length);
      found.set(sample, {
        sample,
        answer,
        ...verdictOn(answer),
        boxed: boxes > 0,
        emptyBoxes,
        truncated: finishReason === "length",
        tokens: usage.completionTokens,
        reasoningLength: thought,
        visibleLength: text.length + reasoning.length - thought,
        digest: createHash("sha256").update(`${reasoning}\0${text}`).digest("base64"),
      });
    },
    graded(): GradedProblem {
      const texts = new Set<string>();
      const samples = [...found.values()]
        .sort((a, b) => a.sample - b.sample)
        .map(({ digest, ...sample }) => {
          const repeated = texts.has(digest);
          texts.add(digest);
          return { ...sample, repeated };
        });
      const answers = samples.map(({ answer }) => answer);
      return { problem, mode, samples, clusters: distinctClusters(answers, mode) };
    },
  };
}

const THOUGHT_END = "</think>";

/** As `clusterAnswers`; answers that are equal to the letter are compared once, and those that vote always stand together. */
export function distinctClusters(answers: readonly string[], mode: CheckMode): Cluster[] {
  const places = new Map<string, number[]>();
  for (const [place, answer] of answers.entries()) places.set(answer, [...(places.get(answer) ?? []), place]);
  const distinct = [...places.keys()];
  return clusterAnswers(distinct, mode).map((cluster) =>
    cluster.flatMap((index) => places.get(distinct[index])!).sort((a, b) => a - b),
  );
}
