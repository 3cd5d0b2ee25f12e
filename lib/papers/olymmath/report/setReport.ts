import type { CheckMode } from "../../../math";
import { type GuessRate, guessRate } from "../analyses/guesses";
import { type LengthTable, lengthsByVerdict } from "../analyses/lengths";
import { type Disagreement, disagreements, suspiciousGolds } from "../grading/disagreements";
import type { GradedProblem } from "../grading/grade";
import { fieldMetrics, type MetricOptions, type SetMetrics, setMetrics } from "../metrics/setMetrics";
import type { Field, SetName } from "../problems/problem";
import type { RunRecord } from "../sampling/record";
import type { GradedSet } from "./results";

/** A set by one way of checking. */
export interface ModeReport {
  readonly metrics: SetMetrics;
  /** Of each field that has samples. */
  readonly fields: readonly { readonly field: Field; readonly metrics: SetMetrics }[];
  readonly lengths: LengthTable;
  /** Of problems with a trap, where there are any. */
  readonly guesses?: GuessRate;
}

/** What became of one problem. */
export interface ProblemReport {
  readonly id: string;
  readonly index: number;
  readonly field: Field;
  readonly samples: number;
  readonly correct: Readonly<Record<CheckMode, number>>;
  /** Samples with equal answers, in the order in which the answers came up. */
  readonly votes: Readonly<Record<CheckMode, readonly number[]>>;
}

export interface SetReport extends Readonly<Record<CheckMode, ModeReport>> {
  readonly set: SetName;
  readonly synthetic: boolean;
  /** Of the file that the answers were checked against. */
  readonly sha256: string;
  /** Of other files that samples were drawn for: golds, or the problems, have changed since. */
  readonly earlierFiles: readonly string[];
  readonly problems: readonly ProblemReport[];
  readonly disagreements: readonly Disagreement[];
  readonly suspiciousGolds: ReturnType<typeof suspiciousGolds>;
}

/** @throws RangeError where no problem of the set has a sample */
export function setReport(
  { set: { name, synthetic, sha256 }, ref, want }: GradedSet,
  runs: readonly Pick<RunRecord, "files">[],
  options?: MetricOptions,
): SetReport {
  const files = runs.map((run) => run.files[name]).filter((hash) => hash !== undefined && hash !== sha256);
  return {
    ...{ set: name, synthetic, sha256 },
    earlierFiles: [...new Set(files)],
    ref: modeReport(ref, options),
    want: modeReport(want, options),
    problems: ref.map((one, row) => problemReport(one, want[row])),
    disagreements: disagreements(ref, want),
    // Forms that `ref` cannot read would raise suspicion of golds that are right.
    suspiciousGolds: suspiciousGolds(want),
  };
}

function modeReport(graded: readonly GradedProblem[], options?: MetricOptions): ModeReport {
  const hasTraps = graded.some(({ problem, samples }) => problem.trap !== undefined && samples.length > 0);
  return {
    metrics: setMetrics(graded, options),
    fields: fieldMetrics(graded, options),
    lengths: lengthsByVerdict(graded),
    ...(hasTraps ? { guesses: guessRate(graded, options) } : {}),
  };
}

function problemReport(ref: GradedProblem, want: GradedProblem): ProblemReport {
  const { id, index, field } = ref.problem;
  const correct = ({ samples }: GradedProblem) => samples.filter((sample) => sample.correct).length;
  const votes = ({ clusters }: GradedProblem) => clusters.map(({ length }) => length);
  return {
    ...{ id, index, field },
    samples: ref.samples.length,
    correct: { ref: correct(ref), want: correct(want) },
    votes: { ref: votes(ref), want: votes(want) },
  };
}
