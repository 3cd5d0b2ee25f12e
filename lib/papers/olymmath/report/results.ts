import type { Usage } from "../../../llm/chat";
import type { CheckMode } from "../../../math";
import { type GradedProblem, gradeLog } from "../grading/grade";
import type { ProblemSet } from "../problems/problem";
import type { RunRecord, SampleRecord } from "../sampling/record";
import { forEachSample } from "../sampling/sampleLog";
import { addUsage, NO_USAGE } from "../sampling/usage";

/** Both ways of checking: that of the benchmark first. */
export const MODES: readonly CheckMode[] = ["ref", "want"];

/** Whose samples, drawn how. */
export interface SampledModel {
  readonly model: string;
  readonly settingsId: string;
}

/** What the samples of a set have used: every line of the log counts, failures and repetitions too. */
export interface SetSpending {
  readonly answered: number;
  readonly failed: number;
  /** Answers whose tokens the server did not count. */
  readonly estimated: number;
  /** Of the answers. */
  readonly used: Usage;
  /** Of attempts that broke off. */
  readonly lost: Usage;
  /** As booked in the log, in the currency of the prices then. */
  readonly cost: number;
}

/** A set, its samples judged in both ways. */
export interface GradedSet extends Readonly<Record<CheckMode, readonly GradedProblem[]>> {
  readonly set: ProblemSet;
  readonly spending: SetSpending;
}

/** What a log holds of a model on some sets. */
export interface EvaluationResults extends SampledModel {
  readonly sets: readonly GradedSet[];
  /** The lines about this model and these settings, in the order of the log. */
  readonly runs: readonly RunRecord[];
  /** Milliseconds since 1970, of answers; Infinity and -Infinity without. */
  readonly firstSample: number;
  readonly lastSample: number;
}

const NOTHING: SetSpending = {
  ...{ answered: 0, failed: 0, estimated: 0, cost: 0 },
  used: NO_USAGE,
  lost: NO_USAGE,
};

/**
 * Reads and grades what a log has of these sets.
 * @throws DataError where there is no log, or a line cannot be read
 */
export async function readResults(
  path: string,
  sets: readonly ProblemSet[],
  { model, settingsId }: SampledModel,
): Promise<EvaluationResults> {
  const setOf = new Map(sets.flatMap((set) => set.problems.map(({ id }) => [id, set] as const)));
  const spending = new Map(sets.map((set) => [set, NOTHING]));
  const runs: RunRecord[] = [];
  let [firstSample, lastSample] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const isOurs = (record: SampledModel) => record.model === model && record.settingsId === settingsId;
  await forEachSample(
    path,
    (record) => {
      const set = setOf.get(record.problem);
      if (!isOurs(record) || set === undefined) return;
      spending.set(set, spent(spending.get(set)!, record));
      if (record.status === "failed") return;
      firstSample = Math.min(firstSample, record.startedAt);
      lastSample = Math.max(lastSample, record.endedAt);
    },
    (run) => {
      if (isOurs(run)) runs.push(run);
    },
  );
  const problems = sets.flatMap((set) => set.problems);
  const [ref, want] = [
    await gradeLog(path, problems, "ref", { model, settingsId }),
    await gradeLog(path, problems, "want", { model, settingsId }),
  ];
  const of = (graded: readonly GradedProblem[], set: ProblemSet) =>
    graded.filter(({ problem }) => setOf.get(problem.id) === set);
  return {
    ...{ model, settingsId, runs, firstSample, lastSample },
    sets: sets.map((set) => ({
      set,
      ref: of(ref, set),
      want: of(want, set),
      spending: spending.get(set)!,
    })),
  };
}

function spent(sum: SetSpending, record: SampleRecord): SetSpending {
  const answered = record.status === "answered";
  return {
    answered: sum.answered + Number(answered),
    failed: sum.failed + Number(!answered),
    estimated: sum.estimated + Number(record.usageEstimated ?? false),
    used: addUsage(sum.used, record.usage),
    lost: addUsage(sum.lost, record.lost ?? NO_USAGE),
    cost: sum.cost + record.cost,
  };
}
