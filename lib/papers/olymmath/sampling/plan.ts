import { digest } from "../../../experiment/identity";
import type { Problem } from "../problems/problem";
import { promptDigest } from "../prompts";
import type { SampleSettings } from "./settings";

/** One sample to be drawn. */
export interface PlannedSample {
  /** Names the sample by all that it is a function of. */
  readonly key: string;
  readonly problem: Problem;
  /** Which of its problem, from 0. */
  readonly sample: number;
  /** In [0, 2³¹), another one for each sample: servers that keep to a seed repeat themselves. */
  readonly seed: number;
}

/**
 * A sample's identity: problem, language, which sample, model and settings. Of the problem its name and its prompt count: where the wording changes the sample
 * is another one, where a gold is corrected it is the same, to be graded again.
 */
export function sampleKey(problem: Problem, sample: number, model: string, settings: SampleSettings): string {
  const { id, language } = problem;
  return digest({ id, language, prompt: promptDigest(problem), sample, model, settings }).slice(0, 24);
}

/**
 * All samples in a fair order: the first one of every problem, then the second ones, and so on; within a round by the problems' numbers, so that the
 * languages and tiers of one number are neighbours. Wherever the work is broken off, no problem is more than one sample ahead of another.
 * @param problems  of one set or several
 * @param samples   of each problem
 * @throws RangeError where two problems have one name, or the number of samples is not a whole number from 1
 */
export function samplingPlan(
  problems: readonly Problem[],
  samples: number,
  model: string,
  settings: SampleSettings,
): PlannedSample[] {
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`The number of samples must be a whole number from 1; got ${samples}.`);
  const names = new Set(problems.map(({ id }) => id));
  if (names.size < problems.length) throw new RangeError("Two of the problems have the same name.");
  const round = [...problems].sort((a, b) => a.index - b.index); // stable: sets keep their order
  return Array.from({ length: samples }, (_, sample) =>
    round.map((problem) => {
      const key = sampleKey(problem, sample, model, settings);
      return { key, problem, sample, seed: Number.parseInt(key.slice(0, 8), 16) & 0x7fffffff };
    }),
  ).flat();
}
