import { DataError } from "../../../data/error";
import { type CheckMode, expectedConsensus, passAtK } from "../../../math";
import type { LengthTable } from "../analyses/lengths";
import {
  type BootstrapOptions,
  countContribution,
  type Estimate,
  fixedContribution,
  twoLevelBootstrap,
} from "../metrics/bootstrap";
import type { AtK } from "../metrics/setMetrics";
import { SET_NAMES, type SetName } from "../problems/problem";
import type { EvaluationReport } from "./evaluationReport";
import { MODES } from "./results";
import type { ProblemReport, SetReport } from "./setReport";

/** A model on a set, beside others. */
export interface ComparedScore {
  readonly set: SetName;
  readonly model: string;
  readonly mode: CheckMode;
  /** Of which all models that have the set have samples. */
  readonly problems: number;
  /** Of which this one has. */
  readonly sampled: number;
  /** Samples of one of its problems, the fewest and the most. */
  readonly samples: { readonly least: number; readonly most: number };
  /** Over the common problems, as all but `own` and `lengths`. */
  readonly accuracy: Estimate;
  /** The largest number of samples that each model has of each of the problems. */
  readonly k: number;
  readonly pass: Estimate;
  /** NaN where right answers of a problem are of several forms that the checker did not take for each other. */
  readonly consensus: Estimate;
  /** pass@k - cons@k */
  readonly gap: number;
  /** With all samples of this model, over all of its problems, as in its own report. */
  readonly own: { readonly pass: AtK; readonly consensus: AtK };
  readonly lengths: LengthTable;
}

/** Models on the sets that they have. @param reports  of one version of each file @throws DataError where they have no problem of a set in common */
export function comparedScores(
  reports: readonly { readonly name: string; readonly report: EvaluationReport }[],
  options?: BootstrapOptions,
): ComparedScore[] {
  return SET_NAMES.flatMap((name) => {
    const having = reports.flatMap(({ name: model, report }) =>
      report.sets.filter(({ set }) => set === name).map((set) => ({ model, set })),
    );
    const common = commonProblems(having.map(({ set }) => set));
    if (having.length > 0 && common.size === 0)
      throw new DataError(
        `${having.map(({ model }) => model).join(" and ")} have no problem of ${name} in common.`,
        {},
        "Draw samples of the same problems.",
      );
    const counts = having.flatMap(({ set }) => problemsOf(set, common).map(({ samples }) => samples));
    const k = Math.min(...counts);
    return MODES.flatMap((mode) =>
      having.map(({ model, set }) => comparedScore(model, set, { mode, common, k }, options)),
    );
  });
}

function commonProblems(sets: readonly SetReport[]): ReadonlySet<number> {
  const sampled = sets.map(
    ({ problems }) => new Set(problems.filter(({ samples }) => samples > 0).map(({ index }) => index)),
  );
  return new Set([...(sampled[0] ?? [])].filter((index) => sampled.every((own) => own.has(index))));
}

function problemsOf({ problems }: SetReport, common: ReadonlySet<number>): ProblemReport[] {
  return problems.filter(({ index, samples }) => samples > 0 && common.has(index));
}

function comparedScore(
  model: string,
  set: SetReport,
  { mode, common, k }: { readonly mode: CheckMode; readonly common: ReadonlySet<number>; readonly k: number },
  options?: BootstrapOptions,
): ComparedScore {
  const { metrics, lengths } = set[mode];
  const problems = problemsOf(set, common);
  const sampled = metrics.problems - metrics.unsampled;
  const accuracy = twoLevelBootstrap(
    problems.map(({ samples, correct }) =>
      countContribution(samples, correct[mode], (part) => ({ part, weight: samples })),
    ),
    options,
  );
  const pass = twoLevelBootstrap(
    problems.map(({ samples, correct }) =>
      countContribution(samples, correct[mode], (count) => ({ part: passAtK(samples, count, k), weight: 1 })),
    ),
    options,
  );
  // Over the same problems the report has it, by the very votes.
  const reported = problems.length === sampled ? metrics.consensus.find((one) => one.k === k) : undefined;
  const consensus =
    reported?.estimate ??
    twoLevelBootstrap(
      problems.map((problem) => fixedContribution({ part: consensusOf(problem, mode, k), weight: 1 })),
      options,
    );
  const last = metrics.pass.length - 1;
  return {
    ...{ set: set.set, model, mode, problems: problems.length, sampled, samples: metrics.samples },
    ...{ accuracy, k, pass, consensus, gap: pass.value - consensus.value },
    own: { pass: metrics.pass[last], consensus: metrics.consensus[last] },
    lengths,
  };
}

/** cons@k of a problem as the mean over all subsets of its samples, ties averaged. The right answer has as many votes as there are right samples. */
function consensusOf({ samples, correct, votes }: ProblemReport, mode: CheckMode, k: number): number {
  const right = votes[mode].indexOf(correct[mode]);
  if (correct[mode] > 0 && right < 0) return Number.NaN;
  return expectedConsensus(votes[mode], correct[mode] === 0 ? undefined : right, samples, k);
}
