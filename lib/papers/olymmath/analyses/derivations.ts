import { checkAnswer, extractAnswer } from "../../../math";

/** A solution that consists of formulas, and of an answer in a box. */
export interface Derivation {
  /** What stands before the box, formula by formula, without spaces: "7-3=4". */
  readonly steps: readonly string[];
  /** What stands in the box; empty where there is none. */
  readonly answer: string;
}

export interface DerivationScore {
  /** Share of the reference's formulas that are written, in whatever order, in [0, 1]. A formula that the reference has twice counts once. */
  readonly completeness: number;
  /** Whether there are steps, and each is a true equation. */
  readonly allTrue: boolean;
  /** Whether all are true, and the box has nothing but numbers that steps come to, the last step's among them. */
  readonly sound: boolean;
  /** Whether it is sound and nothing of the reference is missing. A right answer without this is a guess that happened to be right. */
  readonly derived: boolean;
}

const NUMBER_ALONE = /^-?\d+(?:\.\d+)?$/;
const NUMBERS = /-?\d+(?:\.\d+)?/g;

/** The formulas of a text, which commas or the ends of mathematics separate. */
export function stepsOf(text: string): string[] {
  return text
    .split(/[,$]/)
    .map((formula) => formula.replace(/\s/g, ""))
    .filter((formula) => formula !== "");
}

/** Reads a solution; all of it is steps where no box follows, and what follows the last box is none. */
export function derivationOf(solution: string): Derivation {
  const box = solution.lastIndexOf("\\boxed");
  return {
    steps: stepsOf(box < 0 ? solution : solution.slice(0, box)),
    answer: extractAnswer(solution, { mode: "want" }).answer,
  };
}

/** Whether a step is a true equation: both of its sides, or all of a chain, have one value. The same step is checked once. */
export function stepChecker(): (step: string) => boolean {
  const verdicts = new Map<string, boolean>();
  return (step) => {
    let verdict = verdicts.get(step);
    if (verdict === undefined) {
      verdict = isTrue(step);
      verdicts.set(step, verdict);
    }
    return verdict;
  };
}

function isTrue(step: string): boolean {
  const [left, ...others] = step.split("=");
  return (
    others.length > 0 &&
    others.every((other) => {
      const { equal, path } = checkAnswer(other, left, { mode: "want" });
      return equal && path !== "text"; // the same words are no equation
    })
  );
}

/**
 * How much of a derivation a solution has. That nothing is missing does not make it right: a shortcut can go on where the reference ends.
 * @param reference  steps of the worked solution, without spaces
 * @param isTrueStep  from `stepChecker`
 * @throws RangeError where the reference has no steps
 * @see OlymMATH, case studies of guessing: answers that are right without a proof
 */
export function scoreDerivation(
  { steps, answer }: Derivation,
  reference: readonly string[],
  isTrueStep: (step: string) => boolean,
): DerivationScore {
  const [expected, written] = [new Set(reference), new Set(steps)];
  if (expected.size === 0) throw new RangeError("The reference derivation has no steps.");
  // |expected ∩ written| / |expected|
  const completeness = [...expected].filter((step) => written.has(step)).length / expected.size;
  const allTrue = steps.length > 0 && steps.every(isTrueStep);
  const sound = allTrue && isOutcome(answer, steps);
  return { completeness, allTrue, sound, derived: sound && completeness === 1 };
}

/** Whether the numbers of an answer, "[7,32)" or "122\pi", are values of steps, and one of them that of the last. */
function isOutcome(answer: string, steps: readonly string[]): boolean {
  const numbers: readonly string[] = answer.match(NUMBERS) ?? [];
  const values = steps.map((step) => step.split("=").filter((side) => NUMBER_ALONE.test(side)));
  const known = new Set(values.flat());
  return (
    numbers.every((number) => known.has(number)) &&
    values[values.length - 1].some((value) => numbers.includes(value))
  );
}
