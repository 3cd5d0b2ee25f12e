import type { GradedProblem } from "./grade";

/** An answer on which the two ways of checking differ. */
export interface Disagreement {
  readonly problem: string;
  readonly gold: string;
  readonly answers: Readonly<Record<"ref" | "want", string>>;
  readonly correct: Readonly<Record<"ref" | "want", boolean>>;
  readonly samples: number;
}

/**
 * The answers that are right in one mode and wrong in the other, each once, with how many samples gave it.
 * @param ref   the same problems and samples, graded in mode `ref`
 * @param want  and in mode `want`
 */
export function disagreements(ref: readonly GradedProblem[], want: readonly GradedProblem[]): Disagreement[] {
  const found = new Map<string, Disagreement>();
  for (const [row, { problem, samples }] of ref.entries()) {
    for (const [place, sample] of samples.entries()) {
      const other = want[row].samples[place];
      if (sample.correct === other.correct) continue;
      const name = JSON.stringify([problem.id, sample.answer, other.answer]);
      found.set(name, {
        problem: problem.id,
        gold: problem.answer,
        answers: { ref: sample.answer, want: other.answer },
        correct: { ref: sample.correct, want: other.correct },
        samples: (found.get(name)?.samples ?? 0) + 1,
      });
    }
  }
  return [...found.values()];
}

/** Problems on which the answer with the most votes is wrong though at least half of the samples agree on it: their golds are worth a look. */
export function suspiciousGolds(
  graded: readonly GradedProblem[],
): { problem: string; gold: string; answer: string; votes: number; samples: number }[] {
  return graded.flatMap(({ problem, samples, clusters }) => {
    const largest = clusters.reduce<readonly number[]>(
      (most, one) => (one.length > most.length ? one : most),
      [],
    );
    const founder = samples[largest[0]];
    if (
      founder === undefined ||
      founder.correct ||
      founder.answer === "" ||
      2 * largest.length < samples.length
    )
      return [];
    return {
      problem: problem.id,
      gold: problem.answer,
      answer: founder.answer,
      votes: largest.length,
      samples: samples.length,
    };
  });
}
