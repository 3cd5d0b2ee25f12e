import { expectedConsensus, passAtK } from "../../../math";
import type { GradedProblem, GradedSample } from "../grading/grade";
import { FIELDS, type Field } from "../problems/problem";
import {
  type BootstrapOptions,
  type Contribution,
  countContribution,
  type Estimate,
  fixedContribution,
  placesContribution,
  twoLevelBootstrap,
} from "./bootstrap";
import { voteOf } from "./vote";

export interface AtK {
  readonly k: number;
  readonly estimate: Estimate;
}

/** What a model makes of a set of problems. Of all but counts: problems drawn anew and their samples drawn anew give the intervals. */
export interface SetMetrics {
  readonly problems: number;
  /** Problems without any sample: they count nowhere. */
  readonly unsampled: number;
  /** Of the sampled problems, the fewest and the most that one has. */
  readonly samples: { readonly least: number; readonly most: number };
  /** Σ c / Σ n */
  readonly accuracy: Estimate;
  /** For each k up to the fewest samples. */
  readonly pass: readonly AtK[];
  /** For each k up to the fewest samples; below that number the expectation over subsets, whose interval is over problems alone. */
  readonly consensus: readonly AtK[];
  /** Votes of the largest cluster, as a share of the samples. */
  readonly agreement: number;
  /** Distinct answers of a problem. */
  readonly distinct: number;
  readonly truncated: Estimate;
  readonly unboxed: Estimate;
  /** Samples that have a box with nothing in it. */
  readonly emptyBoxes: number;
  /** Samples whose answer takes no part in the vote: by `want` what is empty, cannot be read or has no value; by `ref` all answers vote. */
  readonly voiceless: number;
  /** Samples that repeat an earlier text to the letter. */
  readonly repeated: number;
  /** Mean tokens of completions; NaN where there are none such. */
  readonly tokens: { readonly all: number; readonly correct: number; readonly incorrect: number };
}

export interface MetricOptions extends BootstrapOptions {
  /** Default 1, 4, 16, 64, and the fewest samples of a problem. */
  readonly ks?: readonly number[];
}

/** @see OlymMATH, metrics */
const PUBLISHED_KS = [1, 4, 16, 64];

/** The measures of a set, or of a part of one. @throws RangeError where no problem has a sample */
export function setMetrics(graded: readonly GradedProblem[], options: MetricOptions = {}): SetMetrics {
  const sampled = graded.filter(({ samples }) => samples.length > 0);
  if (sampled.length === 0)
    throw new RangeError("None of the problems has a sample: there is nothing to measure.");
  const counts = sampled.map(({ samples }) => samples.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const ks = [...new Set(options.ks ?? [...PUBLISHED_KS, least])]
    .filter((k) => k <= least)
    .sort((a, b) => a - b);
  const all = sampled.flatMap(({ samples }) => samples);
  const estimate = (contribution: (problem: GradedProblem) => Contribution) =>
    twoLevelBootstrap(sampled.map(contribution), options);
  const rate = (has: (sample: GradedSample) => boolean) =>
    estimate(({ samples }) =>
      countContribution(samples.length, samples.filter(has).length, (part) => ({
        part,
        weight: samples.length,
      })),
    );
  return {
    problems: graded.length,
    unsampled: graded.length - sampled.length,
    samples: { least, most },
    accuracy: rate(({ correct }) => correct),
    pass: ks.map((k) => ({ k, estimate: estimate((problem) => passContribution(problem, k)) })),
    consensus: ks.map((k) => ({ k, estimate: estimate((problem) => consensusContribution(problem, k)) })),
    agreement: meanOf(sampled.map(({ samples, clusters }) => largest(clusters) / samples.length)),
    distinct: meanOf(sampled.map(({ clusters }) => clusters.length)),
    truncated: rate(({ truncated }) => truncated),
    unboxed: rate(({ boxed }) => !boxed),
    emptyBoxes: all.filter(({ emptyBoxes }) => emptyBoxes > 0).length,
    voiceless: all.length - sampled.flatMap(({ clusters }) => clusters.flat()).length,
    repeated: all.filter(({ repeated }) => repeated).length,
    tokens: {
      all: meanOf(all.map(({ tokens }) => tokens)),
      correct: meanOf(all.filter(({ correct }) => correct).map(({ tokens }) => tokens)),
      incorrect: meanOf(all.filter(({ correct }) => !correct).map(({ tokens }) => tokens)),
    },
  };
}

/** The measures of each field that has samples. */
export function fieldMetrics(
  graded: readonly GradedProblem[],
  options?: MetricOptions,
): { readonly field: Field; readonly metrics: SetMetrics }[] {
  return FIELDS.flatMap((field) => {
    const own = graded.filter(({ problem }) => problem.field === field);
    return own.some(({ samples }) => samples.length > 0)
      ? [{ field, metrics: setMetrics(own, options) }]
      : [];
  });
}

/** pass@k of one problem, redrawn by its number of right samples. */
function passContribution({ samples }: GradedProblem, k: number): Contribution {
  const n = samples.length;
  const right = samples.filter(({ correct }) => correct).length;
  return countContribution(n, right, (count) => ({ part: passAtK(n, count, k), weight: 1 }));
}

/** cons@k of one problem. All samples vote as they are; of fewer, the mean over all subsets, ties averaged. */
function consensusContribution(graded: GradedProblem, k: number): Contribution {
  const { samples, clusters } = graded;
  if (k === samples.length) {
    const vote = voteOf(graded);
    return placesContribution(k, (places) => ({ part: vote(places), weight: 1 }));
  }
  const right = clusters.findIndex(([founder]) => samples[founder].correct);
  const sizes = clusters.map(({ length }) => length);
  const part = expectedConsensus(sizes, right < 0 ? undefined : right, samples.length, k);
  return fixedContribution({ part, weight: 1 });
}

function largest(clusters: GradedProblem["clusters"]): number {
  return Math.max(0, ...clusters.map(({ length }) => length));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
