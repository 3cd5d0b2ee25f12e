import type { GradedProblem, GradedSample } from "../grading/grade";

/** Mean lengths; NaN where there are no such samples. */
export interface MeanLengths {
  readonly samples: number;
  /** Characters of the thoughts. */
  readonly reasoning: number;
  /** Characters of what follows them. */
  readonly visible: number;
  /** Tokens of both. */
  readonly tokens: number;
}

export type LengthTable = Readonly<Record<"correct" | "incorrect" | "all", MeanLengths>>;

/** Whether wrong answers take longer than right ones. Samples that were cut off are as long as was allowed: see the share of truncated ones. @see OlymMATH v1, lengths */
export function lengthsByVerdict(graded: readonly GradedProblem[]): LengthTable {
  const all = graded.flatMap(({ samples }) => samples);
  return {
    correct: meanLengths(all.filter(({ correct }) => correct)),
    incorrect: meanLengths(all.filter(({ correct }) => !correct)),
    all: meanLengths(all),
  };
}

function meanLengths(samples: readonly GradedSample[]): MeanLengths {
  const mean = (of: (sample: GradedSample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  return {
    samples: samples.length,
    reasoning: mean(({ reasoningLength }) => reasoningLength),
    visible: mean(({ visibleLength }) => visibleLength),
    tokens: mean(({ tokens }) => tokens),
  };
}
