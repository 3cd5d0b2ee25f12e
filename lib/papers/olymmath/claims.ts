import { type ClaimEvidence, type ClaimVerdict, judge } from "../../experiment/claims";
import { type Interval, mean, statisticBootstrap } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { type Ledger, labelOf } from "./ledger";
import {
  consensusAt,
  languageTest,
  meanOf,
  passAt,
  problemCount,
  problemsOf,
  ratio,
  sampleCount,
  tally,
} from "./measures";

/** A number of some problems of one seed; positive where the claim holds, NaN where these problems do not have it. */
type Statistic = (problems: Int32Array) => number;

/** What a claim says of the runs of one seed, in the order of their variants' names. */
type Comparison = (...runs: StoredRun[]) => Statistic;

type Outcome = Pick<ClaimEvidence, "effect" | "seeds" | "note">;

/**
 * The share of problems by which pass@n is to exceed cons@n; fixed before any run. Without a margin the claim could not fail: what a vote solves, a sample
 * solves. Of the paper's six gaps of 64 samples the smallest is 11 points.
 * @see OlymMATH, Pass@k and Cons@k of R1-Distill models
 */
const LEAST_INCONSISTENCY = 0.1;

/**
 * The paper's findings, tested on the in-house model, whose causes of failure are known: each a number that is above 0 where the finding holds, with its 95%
 * interval over seeds and problems, the p-values corrected for their number. They say nothing of language models, nor of the benchmark's own problems.
 */
export function testClaims(
  { runs, seeds }: Pick<Ledger, "runs" | "seeds">,
  { resamples = 2000 }: { readonly resamples?: number } = {},
): ClaimVerdict[] {
  const effect = (names: readonly string[], compare: Comparison): Outcome => {
    const missing = names.filter((name) => runs(name).length === 0 || runs(name).length < seeds.length);
    if (missing.length > 0) return { seeds: 0, note: `no runs of ${missing.map(labelOf).join(" and ")}` };
    const bySeed = seeds.map((_, at) => names.map((name) => runs(name)[at]));
    const counts = bySeed.map(([run]) => problemCount(run));
    const found = bootstrapped(
      counts,
      bySeed.map((own) => compare(...own)),
      resamples,
    );
    return found === undefined
      ? { seeds: 0, note: "in some run no sample is right, or none is wrong" }
      : { effect: found, seeds: seeds.length };
  };
  const claim = (
    name: string,
    sentence: string,
    source: string,
    { note, ...outcome }: Outcome,
    comment: () => string = () => "",
  ): ClaimEvidence => ({
    ...{ claim: name, sentence, source, expected: { kind: "above 0" } },
    ...outcome,
    note: note ?? comment(),
  });
  const main = () => runs("main");
  const averaged = (names: readonly string[], metric: string) =>
    names
      .map((name) => {
        const values = runs(name).map(({ metrics }) => metrics[metric]);
        return `${labelOf(name)}: ${mean(values).toFixed(2)}`;
      })
      .join("; ");
  return judge([
    claim(
      "C1",
      "More problems are solved by some sample than by the vote (pass@n − cons@n, over 0.1)",
      "Pass@k against Cons@k",
      effect(["main"], (run) => {
        const n = sampleCount(run);
        const gaps = difference(passAt(run, "EN", n), consensusAt(run, "EN", n));
        return (problems) => meanOf(gaps, problems) - LEAST_INCONSISTENCY;
      }),
      () => `n = ${sampleCount(main()[0])}; in the paper 64`,
    ),
    claim(
      "C2 language",
      "English is better than Chinese, 3% of what was learnt (pass@1)",
      "analysis of languages",
      effect(["main"], (run) => meanOver(languageGaps(run))),
      () => wilcoxonNote(main()),
    ),
    claim(
      "C2 cause",
      "The gap is smaller where half of what was learnt is Chinese (difference of gaps)",
      "not in the paper",
      effect(["main", "equal"], (run, equal) => meanOver(difference(languageGaps(run), languageGaps(equal)))),
    ),
    claim(
      "C3",
      "Wrong samples are longer than right ones (tokens)",
      "lengths, in version 1",
      effect(["main"], (run) => {
        const { right, wrong, rightTokens, wrongTokens } = tally(run, "EN");
        return (problems) => ratio(wrongTokens, wrong, problems) - ratio(rightTokens, right, problems);
      }),
      () => withinNote(main()),
    ),
    claim(
      "C4",
      "Wrong answers are more often the trap's than of a model that has seen no shortcuts (share)",
      "case studies of guesses, not counted there",
      effect(["main", "careful"], (...pair) => {
        const [own, careful] = pair.map((run) => tally(run, "EN"));
        return (problems) =>
          ratio(own.trapped, own.wrong, problems) - ratio(careful.trapped, careful.wrong, problems);
      }),
    ),
    claim(
      "C5",
      "A limit of 32 tokens lowers the score (pass@1)",
      "follows from its choice of limits",
      effect(["main", "short"], scoreDifference),
      () => `cut off, ${averaged(["main", "short"], "truncated EN")}`,
    ),
    claim(
      "C6",
      "The likeliest solution is better than one drawn at T = 1 (pass@1)",
      "follows from its choice of T = 0.6",
      effect(["greedy", "hot"], scoreDifference),
      () => `pass@1, ${averaged(["greedy", "hot"], "pass@1 EN")}`,
    ),
  ]);
}

/** The interval over seeds and problems; the problems of all seeds are the same. Undefined where a seed's whole test does not have the statistic. */
function bootstrapped(
  counts: readonly number[],
  statistics: readonly Statistic[],
  resamples: number,
): Interval | undefined {
  const whole = statistics.map((of, seed) => of(Int32Array.from({ length: counts[seed] }, (_, i) => i)));
  if (whole.some(Number.isNaN)) return undefined;
  // Problems may be drawn of which no sample is right, or none is wrong: then nothing is told apart.
  const value = (seed: number, problems: Int32Array) => statistics[seed](problems) || 0;
  return statisticBootstrap(counts, value, { resamples, sharedUnits: true });
}

function meanOver(values: Float64Array): Statistic {
  return (problems) => meanOf(values, problems);
}

function scoreDifference(better: StoredRun, worse: StoredRun): Statistic {
  return meanOver(difference(passAt(better, "EN", 1), passAt(worse, "EN", 1)));
}

function languageGaps(run: StoredRun): Float64Array {
  return difference(passAt(run, "EN", 1), passAt(run, "ZH", 1));
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, problem) => value - b[problem]);
}

/** The test that the paper uses, over the seeds. */
function wilcoxonNote(runs: readonly StoredRun[]): string {
  const { pairs, pValue } = languageTest(runs);
  return `Wilcoxon, over ${pairs} problems that differ: p = ${pValue.toPrecision(2)}`;
}

/** Hard problems may have longer solutions: the same difference among the samples of one problem. */
function withinNote(runs: readonly StoredRun[]): string {
  const differences = runs.flatMap((run) => {
    const { right, wrong, rightTokens, wrongTokens } = tally(run, "EN");
    return problemsOf(run)
      .filter((problem) => right[problem] > 0 && wrong[problem] > 0)
      .map((problem) => wrongTokens[problem] / wrong[problem] - rightTokens[problem] / right[problem]);
  });
  return differences.length === 0
    ? "no problem has right and wrong samples"
    : `within a problem ${mean(differences).toFixed(1)}, mean of ${differences.length} with right and wrong samples`;
}
