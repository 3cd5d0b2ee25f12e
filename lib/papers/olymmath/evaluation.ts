import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CheckMode } from "../../math";
import { gradeLog } from "./grading/grade";
import type { ProblemSet } from "./problems/problem";
import { type EvaluationReport, evaluationReport, type ReportOptions } from "./report/evaluationReport";
import { reportFigures } from "./report/figuresOfReport";
import { readResults } from "./report/results";
import { writeReport } from "./report/writeReport";
import { writeFigures } from "./report/writeReportFigures";
import type { SampleBackend } from "./sampling/backend";
import { type PlannedSample, samplingPlan } from "./sampling/plan";
import { drawSamples, type SamplingOptions, type SamplingOutcome, type SamplingRun } from "./sampling/run";
import { withSampleLog } from "./sampling/sampleLog";
import { type SampleSettings, settingsId } from "./sampling/settings";

/** What a model is asked, and where all of it is kept: a log that is only ever appended to, and the report on it. */
export interface Evaluation extends SamplingRun {
  readonly model: string;
  readonly folder: string;
}

export interface FolderOptions {
  readonly model: string;
  readonly settings: SampleSettings;
  readonly sets: readonly ProblemSet[];
  /** The answers are those of another log. */
  readonly replayed: boolean;
}

/**
 * The folder of a model with its settings under a root: "<model>-<digest of the settings>". More samples, problems or sets of the benchmark come into the same
 * one; made-up problems and replays lie apart.
 */
export function evaluationFolder(root: string, { model, settings, sets, replayed }: FolderOptions): string {
  const plain = model.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 80);
  const apart = [
    ...(sets.some(({ synthetic }) => synthetic) ? ["synthetic"] : []),
    ...(replayed ? ["replay"] : []),
  ];
  return join(root, [plain, settingsId(settings).slice(0, 8), ...apart].join("-"));
}

/** The log of an evaluation. */
export function logOf({ folder }: Pick<Evaluation, "folder">): string {
  return join(folder, "samples.jsonl");
}

/** All samples of an evaluation, those that the log has included. */
export function planOf({ sets, samples, model, settings }: Evaluation): PlannedSample[] {
  const problems = sets.flatMap((set) => set.problems);
  return samplingPlan(problems, samples, model, settings);
}

/** Draws what the log does not have. @throws as `withSampleLog` and `drawSamples` */
export function drawEvaluation(
  evaluation: Evaluation,
  backend: SampleBackend,
  options?: SamplingOptions,
): Promise<SamplingOutcome> {
  mkdirSync(evaluation.folder, { recursive: true });
  return withSampleLog(logOf(evaluation), (log) => drawSamples(evaluation, backend, log, options));
}

/** Of the samples that the log has of these problems, how many there are and how many are right. @throws as `gradeLog` */
export async function scoreSoFar(
  evaluation: Evaluation,
  mode: CheckMode,
): Promise<{ readonly samples: number; readonly right: number }> {
  const { sets, model, settings } = evaluation;
  const problems = sets.flatMap((set) => set.problems);
  const graded = await gradeLog(logOf(evaluation), problems, mode, {
    model,
    settingsId: settingsId(settings),
  });
  const samples = graded.flatMap((problem) => problem.samples);
  return { samples: samples.length, right: samples.filter(({ correct }) => correct).length };
}

/**
 * Grades the whole log anew in both modes, and writes the report beside it.
 * @param drawn  by which way of checking figures are drawn; none unless told
 * @throws as `readResults` and `evaluationReport`
 */
export async function reportEvaluation(
  evaluation: Evaluation,
  options?: ReportOptions,
  drawn?: CheckMode,
): Promise<{ readonly report: EvaluationReport; readonly files: readonly string[] }> {
  const { sets, model, settings, folder } = evaluation;
  const results = await readResults(logOf(evaluation), sets, { model, settingsId: settingsId(settings) });
  const report = evaluationReport(results, options);
  const figures = drawn === undefined ? [] : reportFigures(report, results, drawn);
  const files = await writeFigures(folder, figures);
  return { report, files: [...writeReport(folder, report, figures), ...files] };
}
