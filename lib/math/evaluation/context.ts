import type { CheckMode } from "../expressions/expression";
import { bitLength, type Rational, TooLarge } from "../numbers/rational";

/** Steps that the evaluations of one verdict may take together: what a hostile answer can cost. A step is some microseconds. */
const MOST_WORK = 30_000;
/** A sum or a product has at most this many terms. */
export const MOST_TERMS = 10_000n;

/** What an evaluation knows: the mode, the values of symbols, the work that is left. */
export interface EvaluationContext {
  readonly mode: CheckMode;
  readonly values: ReadonlyMap<string, Rational>;
  /** Whether a degree counts as π/180: inside a trigonometric function. */
  readonly angle: boolean;
  readonly work: { left: number };
}

/** The expression has a symbol without a value, or is no number at all. */
export class NoNumber extends Error {
  override readonly name = "NoNumber";
}

export function evaluationContext(mode: CheckMode): EvaluationContext {
  return { mode, values: new Map(), angle: false, work: { left: MOST_WORK } };
}

export function withValue(context: EvaluationContext, name: string, value: Rational): EvaluationContext {
  return { ...context, values: new Map(context.values).set(name, value) };
}

/** @throws TooLarge once the verdict has cost too much */
export function spend(context: EvaluationContext, steps: number): void {
  context.work.left -= steps;
  if (context.work.left < 0) throw new TooLarge("an evaluation of too many steps");
}

/** What arithmetic on fractions of this length costs: products grow with the length, lowest terms with the square of the denominator's. */
export function stepsOn({ n, d }: Rational): number {
  return 1 + bitLength(n) / 2 ** 9 + (d === 1n ? 0 : (bitLength(d) / 2 ** 9) ** 2);
}
