import type { Expression, FunctionName } from "../expressions/expression";
import * as E from "../numbers/elementary";
import type { Rational } from "../numbers/rational";
import * as Q from "../numbers/rational";
import type { Real } from "../numbers/real";
import * as R from "../numbers/real";
import { asRational } from "../numbers/surd";
import { type EvaluationContext, MOST_TERMS, NoNumber, spend, stepsOn, withValue } from "./context";
import { exactRational, exactValue } from "./exact";

/**
 * The value with bounds, to about `bits` bits.
 * @throws NotDefined, TooLarge, NoNumber; Undetermined where more bits are needed
 * @see OlymMATH, checker, numeric layer
 */
export function realValue(x: Expression, bits: number, context: EvaluationContext): Real {
  spend(context, 1 + bits / 50);
  const inner = (part: Expression) => realValue(part, bits, context);
  switch (x.kind) {
    case "number":
      spend(context, stepsOn(x.value));
      return R.fromRational(x.value, bits);
    case "constant":
      if (x.name === "pi") return E.pi(bits);
      if (x.name === "e") return E.exponential(R.fromRational(Q.ONE, bits), bits);
      throw new NoNumber("i is not real");
    case "symbol": {
      const value = context.values.get(x.name);
      if (!value) throw new NoNumber(`${x.name} has no value`);
      return R.fromRational(value, bits);
    }
    case "percent":
      return R.divideReals(inner(x.of), R.fromRational(Q.rational(100), bits), bits);
    case "degrees": {
      const value = inner(x.of);
      if (!context.angle || context.mode === "ref") return value;
      const radians = R.multiplyReals(value, E.pi(bits), bits);
      return R.divideReals(radians, R.fromRational(Q.rational(180), bits), bits);
    }
    case "sum":
      return x.terms.map(inner).reduce((a, b) => R.addReals(a, b, bits));
    case "product":
      return x.factors.map(inner).reduce((a, b) => R.multiplyReals(a, b, bits));
    case "quotient":
      return R.divideReals(inner(x.above), inner(x.below), bits);
    case "power":
      return realPower(x.base, x.exponent, bits, context);
    case "root":
      return realRoot(inner(x.radicand), requireRational(x.degree, context), bits, context);
    case "call":
      return realCall(x, bits, context);
    case "series":
      return realSeries(x, bits, context);
    default:
      throw new NoNumber(`a ${x.kind} is no number`);
  }
}

function requireRational(x: Expression, context: EvaluationContext): Rational {
  const value = exactRational(x, context);
  if (!value) throw new NoNumber("a root of a degree that is no whole number");
  return value;
}

function realPower(base: Expression, exponent: Expression, bits: number, context: EvaluationContext): Real {
  let times: Rational | undefined;
  try {
    times = exactRational(exponent, context);
  } catch (error) {
    if (!(error instanceof Q.TooLarge)) throw error;
  }
  const working = bits + 64;
  const value = realValue(base, working, context);
  if (times && Q.bitLength(times.n) < 64 && times.d < 1000n) {
    const root = times.d === 1n ? value : realRoot(value, Q.rational(times.d), working, context);
    return R.round(R.powerReal(root, times.n, working), bits);
  }
  // b^x = e^(x ln b)
  spend(context, bits / 2);
  const product = R.multiplyReals(
    realValue(exponent, working, context),
    E.logarithm(value, working),
    working,
  );
  return E.exponential(product, bits);
}

function realRoot(x: Real, degree: Rational, bits: number, context: EvaluationContext): Real {
  if (!Q.isInteger(degree) || degree.n < 1n)
    throw new Q.NotDefined("a root of a degree that is no whole number");
  const odd = degree.n % 2n === 1n;
  // The principal root of a negative number is not real; the odd one is.
  if (odd && context.mode === "want" && R.sign(x) === -1)
    return R.negateReal(realRoot(R.negateReal(x), degree, bits, context));
  if (degree.n <= R.HIGHEST_ROOT || R.sign(x) === 0) {
    spend(context, bits / 8);
    return R.rootReal(x, Number(degree.n), bits);
  }
  // x^(1/n) = e^(ln x / n)
  spend(context, bits / 2);
  const working = bits + 32;
  const exponent = R.divideReals(E.logarithm(x, working), R.fromRational(degree, working), working);
  return E.exponential(exponent, bits);
}

const ONE: Real = { m: 1n, e: 0, r: 0n };

function realCall(x: Extract<Expression, { kind: "call" }>, bits: number, context: EvaluationContext): Real {
  const angle: boolean = ANGLES.has(x.name);
  const [a, b] = x.arguments.map((part) => realValue(part, bits, angle ? { ...context, angle } : context));
  const quotient = (above: Real, below: Real) => R.divideReals(above, below, bits);
  spend(context, bits / 2);
  switch (x.name) {
    case "absolute":
      return R.sign(a) === -1 ? R.negateReal(a) : a;
    case "floor":
      return floorReal(a);
    case "ceiling":
      return R.negateReal(floorReal(R.negateReal(a)));
    case "ln":
      return E.logarithm(a, bits);
    case "log":
      return quotient(E.logarithm(b, bits), E.logarithm(a, bits));
    case "exp":
      return E.exponential(a, bits);
    case "sin":
      return E.sine(a, bits);
    case "cos":
      return E.cosine(a, bits);
    case "tan":
      return quotient(E.sine(a, bits), E.cosine(a, bits));
    case "cot":
      return quotient(E.cosine(a, bits), E.sine(a, bits));
    case "sec":
      return quotient(ONE, E.cosine(a, bits));
    case "csc":
      return quotient(ONE, E.sine(a, bits));
    case "arcsin":
      return E.arcsine(a, bits);
    case "arccos":
      return E.arccosine(a, bits);
    case "arctan":
      return E.arctangent(a, bits);
    default: {
      const value = exactValue(x, context);
      const known = value && asRational(value);
      if (!known) throw new NoNumber(`${x.name} of what is no exact number`);
      return R.fromRational(known, bits);
    }
  }
}

const ANGLES: ReadonlySet<FunctionName> = new Set(["sin", "cos", "tan", "cot", "sec", "csc"]);

/** @throws Undetermined where a whole number lies within the bounds */
function floorReal(x: Real): Real {
  const { value, radius } = R.toFixed(x, 64);
  const [low, high] = [(value - radius) >> 64n, (value + radius) >> 64n];
  if (low !== high) throw new R.Undetermined("a whole part next to a whole number");
  return { m: low, e: 0, r: 0n };
}

function realSeries(
  x: Extract<Expression, { kind: "series" }>,
  bits: number,
  context: EvaluationContext,
): Real {
  const [from, to] = [requireRational(x.from, context), requireRational(x.to, context)];
  if (!Q.isInteger(from) || !Q.isInteger(to)) throw new Q.NotDefined("a sum between fractions");
  if (to.n - from.n > MOST_TERMS) throw new Q.TooLarge(`a ${x.operator} of more than ${MOST_TERMS} terms`);
  let total: Real = x.operator === "sum" ? { m: 0n, e: 0, r: 0n } : ONE;
  for (let k = from.n; k <= to.n; k++) {
    const value = realValue(x.body, bits, withValue(context, x.index, Q.rational(k)));
    total = x.operator === "sum" ? R.addReals(total, value, bits) : R.multiplyReals(total, value, bits);
  }
  return total;
}
