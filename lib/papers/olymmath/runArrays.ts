import type { CheckMode } from "../../math";
import type { GradedProblem, GradedSample } from "./grading/grade";
import { voteOf } from "./metrics/vote";
import type { Language } from "./problems/problem";

/** The same samples, judged in both ways. */
export type Verdicts = Readonly<Record<CheckMode, readonly GradedProblem[]>>;

/**
 * What is known of each sample of a language, [problems × samples]: `correct EN`, `trap EN` (the answer is the trap's value), `boxed EN`, `truncated EN`, 0 or 1;
 * `tokens EN`; `cluster EN`, which of the problem's distinct answers it gave, in the order of their first samples, -1 for none. By the benchmark's own way of
 * checking: `correct EN ref` and `cluster EN ref`.
 */
export function verdictArrays(language: Language, { want, ref }: Verdicts): Record<string, Int32Array> {
  const of = (name: string, value: (sample: GradedSample) => number | boolean) => ({
    [`${name} ${language}`]: Int32Array.from(samplesOf(want), (sample) => Number(value(sample))),
  });
  return {
    ...of("correct", ({ correct }) => correct),
    ...of("trap", ({ trapped }) => trapped),
    ...of("boxed", ({ boxed }) => boxed),
    ...of("truncated", ({ truncated }) => truncated),
    ...of("tokens", ({ tokens }) => tokens),
    [`cluster ${language}`]: clusterIndices(want),
    [`correct ${language} ref`]: Int32Array.from(samplesOf(ref), ({ correct }) => Number(correct)),
    [`cluster ${language} ref`]: clusterIndices(ref),
  };
}

/**
 * The measures of a language: `pass@1 EN`, the mean over all samples; `pass@n EN` and `cons@n EN` of all samples of a problem; `guess rate EN`, the share of
 * wrong answers that are the trap's value, NaN where none is wrong; `boxed EN`, `truncated EN`; `tokens EN`, the mean of a solution; `distinct EN`, answers of a
 * problem; `pass@1 EN ref` and `cons@n EN ref` by the benchmark's own way of checking.
 */
export function verdictMetrics(language: Language, { want, ref }: Verdicts): Record<string, number> {
  const samples = samplesOf(want);
  const share = (has: (sample: GradedSample) => boolean, among = samples) => mean(among.map(has).map(Number));
  const wrong = samples.filter(({ correct }) => !correct);
  const metrics = {
    "pass@1": share(({ correct }) => correct),
    "pass@n": mean(want.map((problem) => Number(problem.samples.some(({ correct }) => correct)))),
    "cons@n": mean(want.map(voted)),
    "guess rate": share(({ trapped }) => trapped, wrong),
    boxed: share(({ boxed }) => boxed),
    truncated: share(({ truncated }) => truncated),
    tokens: mean(samples.map(({ tokens }) => tokens)),
    distinct: mean(want.map(({ clusters }) => clusters.length)),
  };
  return {
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${name} ${language}`, value])),
    [`pass@1 ${language} ref`]: mean(samplesOf(ref).map(({ correct }) => Number(correct))),
    [`cons@n ${language} ref`]: mean(ref.map(voted)),
  };
}

/** Whether the vote of all samples is right, in [0, 1]. */
function voted(problem: GradedProblem): number {
  return voteOf(problem)(Int32Array.from(problem.samples.keys()));
}

function samplesOf(graded: readonly GradedProblem[]): readonly GradedSample[] {
  return graded.flatMap(({ samples }) => samples);
}

function clusterIndices(graded: readonly GradedProblem[]): Int32Array {
  return Int32Array.from(
    graded.flatMap(({ samples, clusters }) =>
      samples.map((_, place) => clusters.findIndex((cluster) => cluster.includes(place))),
    ),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
