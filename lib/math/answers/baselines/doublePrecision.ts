import {
  type EvaluationContext,
  evaluationContext,
  MOST_TERMS,
  spend,
  withValue,
} from "../../evaluation/context";
import type { Expression, FunctionName } from "../../expressions/expression";
import { rational, TooLarge } from "../../numbers/rational";
import { LONGEST_ANSWER, readAnswer } from "../read";

/** Relative. */
const TOLERANCE = 1e-9;
/** The first factorial that is no double is 171!. */
const FIRST_OVERFLOW = 171;

/**
 * Whether two answers are the same number in double precision, to a billionth of the larger. They are read as the `want` mode reads them, and
 * an equation stands for its right side: what is lost is lost by the comparison. What is no number is equal to nothing; numbers that
 * overflow are all the same, as 2^2020 and 2^2020 + 1.
 * @see OlymMATH, checkers to compare with
 */
export function sameDouble(gold: string, prediction: string): boolean {
  const [a, b] = [doubleOf(gold), doubleOf(prediction)];
  if (a === b) return true;
  const size = Math.max(Math.abs(a), Math.abs(b));
  return Number.isFinite(size) && Math.abs(a - b) <= TOLERANCE * size;
}

/** NaN where the answer is no number, is too long, or takes too long. */
export function doubleOf(text: string): number {
  if (text.length > LONGEST_ANSWER) return Number.NaN;
  const { expression } = readAnswer(text, "want");
  if (!expression) return Number.NaN;
  try {
    return evaluate(
      expression.kind === "equation" ? expression.right : expression,
      evaluationContext("want"),
    );
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return Number.NaN;
  }
}

/** @throws TooLarge for a sum of too many terms */
function evaluate(x: Expression, context: EvaluationContext): number {
  spend(context, 1);
  const inner = (part: Expression) => evaluate(part, context);
  switch (x.kind) {
    case "number":
      return Number(x.value.n) / Number(x.value.d);
    case "constant":
      return { pi: Math.PI, e: Math.E, i: Number.NaN }[x.name];
    case "infinity":
      return x.negative ? -Infinity : Infinity;
    case "symbol": {
      const value = context.values.get(x.name);
      return value ? Number(value.n) : Number.NaN;
    }
    case "percent":
      return inner(x.of) / 100;
    case "degrees":
      return context.angle ? (inner(x.of) * Math.PI) / 180 : inner(x.of);
    case "sum":
      return x.terms.map(inner).reduce((a, b) => a + b);
    case "product":
      return x.factors.map(inner).reduce((a, b) => a * b);
    case "quotient":
      return inner(x.above) / inner(x.below);
    case "power":
      return inner(x.base) ** inner(x.exponent);
    case "root":
      return root(inner(x.radicand), inner(x.degree));
    case "call":
      return callOf(x.name, x.arguments, context);
    case "series":
      return seriesOf(x, context);
    default:
      return Number.NaN;
  }
}

/** The real root: of a negative number where the degree is odd. */
function root(x: number, degree: number): number {
  return x < 0 && degree % 2 === 1 ? -((-x) ** (1 / degree)) : x ** (1 / degree);
}

const ANGLES: ReadonlySet<FunctionName> = new Set(["sin", "cos", "tan", "cot", "sec", "csc"]);

function callOf(name: FunctionName, parts: readonly Expression[], context: EvaluationContext): number {
  const at = ANGLES.has(name) ? { ...context, angle: true } : context;
  const values = parts.map((part) => evaluate(part, at));
  const [a, b] = values;
  switch (name) {
    case "absolute":
      return Math.abs(a);
    case "floor":
      return Math.floor(a);
    case "ceiling":
      return Math.ceil(a);
    case "max":
      return Math.max(...values);
    case "min":
      return Math.min(...values);
    case "exp":
      return Math.exp(a);
    case "ln":
      return Math.log(a);
    case "log":
      return Math.log(b) / Math.log(a);
    case "sin":
    case "cos":
    case "tan":
      return Math[name](a);
    case "cot":
      return 1 / Math.tan(a);
    case "sec":
      return 1 / Math.cos(a);
    case "csc":
      return 1 / Math.sin(a);
    case "arcsin":
      return Math.asin(a);
    case "arccos":
      return Math.acos(a);
    case "arctan":
      return Math.atan(a);
    case "factorial":
      return factors(a, Math.min(a, FIRST_OVERFLOW), context);
    case "gamma":
      return factors(a - 1, Math.min(a - 1, FIRST_OVERFLOW), context);
    case "arrangements":
      return factors(a, b, context);
    case "binomial":
      return factors(a, b, context) / factors(b, Math.min(b, FIRST_OVERFLOW), context);
    case "gcd":
      return values.reduce((p, q) => greatestDivisor(p, q));
    case "lcm":
      return values.reduce((p, q) => (p * q) / greatestDivisor(p, q));
  }
}

/** n (n - 1) (n - 2) .., so many factors; NaN where the numbers are not whole. */
function factors(n: number, count: number, context: EvaluationContext): number {
  if (!Number.isInteger(n) || !Number.isInteger(count) || count < 0) return Number.NaN;
  spend(context, count);
  let product = 1;
  for (let k = 0; k < count; k++) product *= n - k;
  return product;
}

/** Euclid's; NaN where the numbers are not whole or overflow. */
function greatestDivisor(a: number, b: number): number {
  if (!Number.isInteger(a) || !Number.isInteger(b)) return Number.NaN;
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return Math.abs(x);
}

function seriesOf(x: Extract<Expression, { kind: "series" }>, context: EvaluationContext): number {
  const [from, to] = [evaluate(x.from, context), evaluate(x.to, context)];
  if (!Number.isInteger(from) || !Number.isInteger(to)) return Number.NaN;
  if (to - from > Number(MOST_TERMS)) throw new TooLarge(`a ${x.operator} of more than ${MOST_TERMS} terms`);
  let total = x.operator === "sum" ? 0 : 1;
  for (let k = from; k <= to; k++) {
    const value = evaluate(x.body, withValue(context, x.index, rational(k)));
    total = x.operator === "sum" ? total + value : total * value;
  }
  return total;
}
