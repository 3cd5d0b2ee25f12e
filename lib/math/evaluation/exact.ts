import type { Expression, FunctionName } from "../expressions/expression";
import { binomial, factorial, fallingFactorial } from "../numbers/integers";
import type { Rational } from "../numbers/rational";
import * as Q from "../numbers/rational";
import { asRational, type Surd, surd } from "../numbers/surd";
import { plus, raised, reciprocal, rootOf, times } from "./arithmetic";
import { type EvaluationContext, MOST_TERMS, NoNumber, spend, withValue } from "./context";

/**
 * The exact value as a sum of square roots; undefined where it is none, or is not known to be one.
 * @throws NotDefined, TooLarge, NoNumber
 * @see OlymMATH, checker, exact and algebraic layers
 */
export function exactValue(x: Expression, context: EvaluationContext): Surd | undefined {
  spend(context, 1);
  switch (x.kind) {
    case "number":
      return surd(x.value);
    case "symbol":
    case "constant": {
      const value = context.values.get(x.name);
      if (value) return surd(value);
      if (x.kind === "symbol" || x.name === "i") throw new NoNumber(`${x.name} has no value`);
      return undefined;
    }
    case "percent":
      return productOf([x.of, { kind: "number", value: Q.rational(1, 100) }], context);
    case "degrees":
      return context.angle ? undefined : exactValue(x.of, context);
    case "sum":
      return sumOf(x.terms, context);
    case "product":
      return productOf(x.factors, context);
    case "quotient": {
      const [above, below] = [exactValue(x.above, context), exactValue(x.below, context)];
      const inverse = below && reciprocal(below, context);
      return above && inverse && times(above, inverse, context);
    }
    case "power": {
      const [base, exponent] = [exactValue(x.base, context), exactRational(x.exponent, context)];
      return base && exponent && raised(base, exponent, context);
    }
    case "root": {
      const [radicand, degree] = [exactValue(x.radicand, context), exactRational(x.degree, context)];
      return radicand && degree && Q.isInteger(degree) ? rootOf(radicand, degree.n, context) : undefined;
    }
    case "call":
      return exactCall(x.name, x.arguments, context);
    case "series":
      return exactSeries(x, context);
    default:
      throw new NoNumber(`a ${x.kind} is no number`);
  }
}

/** The exact value, where it is rational. */
export function exactRational(x: Expression, context: EvaluationContext): Rational | undefined {
  const value = exactValue(x, context);
  return value && asRational(value);
}

function sumOf(terms: readonly Expression[], context: EvaluationContext): Surd | undefined {
  let total: Surd | undefined = surd(Q.ZERO);
  for (const term of terms) {
    const value = exactValue(term, context);
    total = total && value && plus(total, value, context);
  }
  return total;
}

function productOf(factors: readonly Expression[], context: EvaluationContext): Surd | undefined {
  let total: Surd | undefined = surd(Q.ONE);
  for (const factor of factors) {
    const value = exactValue(factor, context);
    total = total && value && times(total, value, context);
  }
  return total;
}

function exactCall(
  name: FunctionName,
  args: readonly Expression[],
  context: EvaluationContext,
): Surd | undefined {
  const inner = TRIGONOMETRIC.has(name) ? { ...context, angle: true } : context;
  const values = args.map((argument) => exactRational(argument, inner));
  if (values.some((value) => value === undefined)) return undefined;
  const [a, b] = values as Rational[];
  const whole = values.every((value) => Q.isInteger(value!));
  switch (name) {
    case "absolute":
      return surd(Q.absolute(a));
    case "floor":
      return surd(Q.rational(Q.floor(a)));
    case "ceiling":
      return surd(Q.rational(-Q.floor(Q.negate(a))));
    case "max":
    case "min":
      return surd(
        (values as Rational[]).reduce((x, y) => (Q.compare(x, y) > 0 === (name === "max") ? x : y)),
      );
    case "exp":
      return a.n === 0n ? surd(Q.ONE) : undefined;
    case "factorial":
    case "gamma": {
      const n = name === "gamma" ? a.n - 1n : a.n;
      if (!whole || n < 0n) throw new Q.NotDefined("a factorial of no whole number");
      spend(context, 200);
      return surd(Q.rational(factorial(n)));
    }
    case "binomial":
    case "arrangements":
      if (!whole || values.length !== 2) throw new Q.NotDefined("a binomial of no whole numbers");
      spend(context, stepsOnFactors(a.n, b.n));
      return surd(Q.rational(name === "binomial" ? binomial(a.n, b.n) : fallingFactorial(a.n, b.n)));
    case "gcd":
    case "lcm":
      if (!whole) throw new Q.NotDefined(`a ${name} of no whole numbers`);
      // Euclid's algorithm takes time with the square of the length.
      for (const { n } of values as Rational[]) spend(context, (Q.bitLength(n) / 2 ** 8) ** 2);
      return surd(Q.rational((values as Rational[]).map(({ n }) => n).reduce(name === "gcd" ? gcd : lcm)));
    default:
      return undefined;
  }
}

const TRIGONOMETRIC: ReadonlySet<FunctionName> = new Set(["sin", "cos", "tan", "cot", "sec", "csc"]);

/** What the product of k factors from n down costs. */
const stepsOnFactors = (n: bigint, k: bigint): number =>
  100 + (Math.min(Math.abs(Number(k)), 5000) * Q.bitLength(n)) / 2 ** 7;

const gcd = Q.greatestCommonDivisor;
const lcm = (a: bigint, b: bigint): bigint => (a === 0n || b === 0n ? 0n : (a / gcd(a, b)) * b);

function exactSeries(
  x: Extract<Expression, { kind: "series" }>,
  context: EvaluationContext,
): Surd | undefined {
  const [from, to] = [exactRational(x.from, context), exactRational(x.to, context)];
  if (!from || !to || !Q.isInteger(from) || !Q.isInteger(to)) return undefined;
  if (to.n - from.n > MOST_TERMS) throw new Q.TooLarge(`a ${x.operator} of more than ${MOST_TERMS} terms`);
  let total: Surd | undefined = surd(x.operator === "sum" ? Q.ZERO : Q.ONE);
  for (let k = from.n; k <= to.n && total; k++) {
    const value = exactValue(x.body, withValue(context, x.index, Q.rational(k)));
    total = value && (x.operator === "sum" ? plus : times)(total, value, context);
  }
  return total;
}
