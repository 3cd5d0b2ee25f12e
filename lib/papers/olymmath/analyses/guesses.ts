import type { GradedProblem } from "../grading/grade";
import {
  type BootstrapOptions,
  type Contribution,
  type Estimate,
  placesContribution,
  twoLevelBootstrap,
} from "../metrics/bootstrap";

export interface GuessRate {
  /** Problems with a trap and samples. */
  readonly problems: number;
  readonly wrong: number;
  /** Of the wrong ones, those with the trap's answer. */
  readonly trapped: number;
  /** trapped / wrong; NaN where none is wrong. */
  readonly rate: Estimate;
}

/**
 * How often a wrong answer is the one that a tempting shortcut gives, on problems whose trap is known.
 * @see OlymMATH, case studies of guessing by symmetry, which the paper does not count
 */
export function guessRate(graded: readonly GradedProblem[], options?: BootstrapOptions): GuessRate {
  const own = graded.filter(({ problem, samples }) => problem.trap !== undefined && samples.length > 0);
  const wrong = own.flatMap(({ samples }) => samples).filter(({ correct }) => !correct);
  return {
    problems: own.length,
    wrong: wrong.length,
    trapped: wrong.filter(({ trapped }) => trapped).length,
    rate: twoLevelBootstrap(own.map(contributionOf), options),
  };
}

function contributionOf({ samples }: GradedProblem): Contribution {
  return placesContribution(samples.length, (places) => {
    let [part, weight] = [0, 0];
    for (const place of places) {
      if (!samples[place].correct) weight++;
      if (samples[place].trapped) part++;
    }
    return { part, weight };
  });
}
