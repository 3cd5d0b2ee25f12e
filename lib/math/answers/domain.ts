import { type EvaluationContext, NoNumber } from "../evaluation/context";
import { order } from "../evaluation/equality";
import { exactValue } from "../evaluation/exact";
import { realValue } from "../evaluation/numeric";
import { children, type Expression, freeSymbols } from "../expressions/expression";
import { isInteger, NotDefined, TooLarge } from "../numbers/rational";
import { Undetermined } from "../numbers/real";

/** Answers that are equal to none, not even to themselves. @see OlymMATH, checker, domain errors; shapes */

/** Kinds that hold numbers and are none. */
const SHAPES: ReadonlySet<Expression["kind"]> = new Set([
  ...(["interval", "union", "intersection", "set", "tuple", "matrix", "equation", "relation"] as const),
]);

/** Enough to see on which side of the bounds of a domain a number lies. */
const BITS = 232;

/** What the evaluation of an answer may throw: it has no value, or none that was found. */
export function isEvaluationError(error: unknown): error is Error {
  return [NotDefined, TooLarge, NoNumber, Undetermined].some((kind) => error instanceof kind);
}

/** Whether it has a number without a value: 1/0, √(-2), ln 0. What is too large to tell, or has variables, counts as defined. */
export function isUndefined(x: Expression, context: EvaluationContext): boolean {
  if (isPlain(x)) return false;
  if (SHAPES.has(x.kind) || freeSymbols(x).length > 0)
    return children(x).some((part) => isUndefined(part, context));
  return unlessUnknown(() => {
    if (!exactValue(x, context)) realValue(x, BITS, context);
    return false;
  });
}

/** Whether it has a value, as far as a glance tells: most answers are of this kind. */
function isPlain(x: Expression): boolean {
  switch (x.kind) {
    case "quotient":
      return x.below.kind === "number" && x.below.value.n !== 0n && isPlain(x.above);
    case "power":
      return isCount(x.exponent) && isPlain(x.base);
    case "root":
      return isCount(x.degree) && x.radicand.kind === "number" && x.radicand.value.n >= 0n;
    case "call":
    case "series":
      return false;
    default:
      return children(x).every(isPlain);
  }
}

const isCount = (x: Expression): boolean => x.kind === "number" && x.value.n > 0n && isInteger(x.value);

/** Whether it has an interval that runs from the larger end to the smaller. What stands in round brackets, (3,1), is a pair then. */
export function isReversed(x: Expression, context: EvaluationContext): boolean {
  if (x.kind === "interval" && !(x.lowOpen && x.highOpen))
    return unlessUnknown(() => order(x.low, x.high, context) === 1);
  return SHAPES.has(x.kind) && children(x).some((part) => isReversed(part, context));
}

/** A number outside of a domain is a fault, one that cannot be found is none. */
function unlessUnknown(isFault: () => boolean): boolean {
  try {
    return isFault();
  } catch (error) {
    if (!isEvaluationError(error)) throw error;
    return error instanceof NotDefined;
  }
}
