import type { StoredRun } from "../../experiment/store";
import { type WilcoxonResult, wilcoxonSignedRank } from "../../experiment/wilcoxon";
import { type CheckMode, expectedConsensus, passAtK } from "../../math";
import { LANGUAGES, type Language } from "./problems/problem";

/* Measures of a stored run, one number a problem: what claims redraw problems from, and figures take means of. All: [problems]. */

/** Problems of each language: they are the same. */
export function problemCount(run: StoredRun): number {
  return run.array("family").length;
}

/** Samples of each problem. */
export function sampleCount(run: StoredRun): number {
  return run.array("correct EN").length / problemCount(run);
}

/** pass@k, estimated without bias from all samples. @see OlymMATH, Pass@k */
export function passAt(
  run: StoredRun,
  language: Language,
  k: number,
  mode: CheckMode = "want",
): Float64Array {
  const n = sampleCount(run);
  const correct = run.array(named("correct", language, mode));
  return eachProblem(run, (places) => passAtK(n, sum(places, correct), k));
}

/** cons@k, the mean over all subsets of k samples, ties averaged. @see OlymMATH, Cons@k */
export function consensusAt(run: StoredRun, language: Language, k: number): Float64Array {
  const n = sampleCount(run);
  const [clusters, correct] = [run.array(`cluster ${language}`), run.array(`correct ${language}`)];
  return eachProblem(run, (places) => {
    const sizes: number[] = [];
    let right: number | undefined;
    for (const place of places) {
      const cluster = clusters[place];
      if (cluster < 0) continue; // no vote
      sizes[cluster] = (sizes[cluster] ?? 0) + 1;
      if (sizes[cluster] === 1 && correct[place] === 1) right ??= cluster; // its first sample stands for it
    }
    return expectedConsensus(sizes, right, n, k);
  });
}

/** Sums over the samples of each problem. */
export interface Tally {
  readonly right: Float64Array;
  readonly wrong: Float64Array;
  /** Of the wrong ones, those with the trap's value. */
  readonly trapped: Float64Array;
  /** Tokens of the right ones. */
  readonly rightTokens: Float64Array;
  readonly wrongTokens: Float64Array;
}

export function tally(run: StoredRun, language: Language): Tally {
  const [correct, trap, tokens] = ["correct", "trap", "tokens"].map((name) =>
    run.array(`${name} ${language}`),
  );
  const total = (value: (place: number) => number) =>
    eachProblem(run, (places) => places.reduce((all, place) => all + value(place), 0));
  return {
    right: total((place) => correct[place]),
    wrong: total((place) => 1 - correct[place]),
    trapped: total((place) => trap[place]),
    rightTokens: total((place) => correct[place] * tokens[place]),
    wrongTokens: total((place) => (1 - correct[place]) * tokens[place]),
  };
}

/**
 * Right samples of each problem in both languages over the seeds, and the test that the paper uses on their differences. Counts, not shares: equal differences
 * stay equal to the last bit, and share a rank.
 * @see OlymMATH, analysis of languages
 */
export function languageTest(
  runs: readonly StoredRun[],
): Readonly<Record<Language, Float64Array>> & WilcoxonResult {
  const [EN, ZH] = LANGUAGES.map((language) => {
    const bySeed = runs.map((run) => tally(run, language).right);
    return bySeed[0].map((_, problem) => bySeed.reduce((all, right) => all + right[problem], 0));
  });
  return { EN, ZH, ...wilcoxonSignedRank(EN, ZH) };
}

/** Of some problems: Σ part / Σ whole; NaN where the whole is nothing. */
export function ratio(part: Float64Array, whole: Float64Array, problems: ArrayLike<number>): number {
  return sum(problems, part) / sum(problems, whole);
}

/** The problems of a run, or those of a family: a place in `LESSONS`. */
export function problemsOf(run: StoredRun, family?: number): number[] {
  const families = run.array("family");
  return Array.from(families.keys()).filter(
    (problem) => family === undefined || families[problem] === family,
  );
}

/** Mean of the values of some problems. */
export function meanOf(values: ArrayLike<number>, problems: ArrayLike<number>): number {
  return sum(problems, values) / problems.length;
}

function named(name: string, language: Language, mode: CheckMode): string {
  return mode === "ref" ? `${name} ${language} ref` : `${name} ${language}`;
}

function eachProblem(run: StoredRun, of: (places: number[]) => number): Float64Array {
  const n = sampleCount(run);
  return Float64Array.from({ length: problemCount(run) }, (_, problem) =>
    of(Array.from({ length: n }, (__, sample) => problem * n + sample)),
  );
}

function sum(places: ArrayLike<number>, values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < places.length; i++) total += values[places[i]];
  return total;
}
