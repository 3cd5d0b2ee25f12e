import type { Expression } from "../expressions/expression";
import type { Rational } from "../numbers/rational";
import * as Q from "../numbers/rational";
import { type EvaluationContext, spend, stepsOn } from "./context";

/** A polynomial over the rationals: the coefficient of each monomial, `x^2 y` as "x:2 y:1". */
type Polynomial = ReadonlyMap<string, Rational>;

const MOST_MONOMIALS = 200;
const HIGHEST_POWER = 40n;
/** Coefficients of an expression have at most so many bits. */
const LONGEST_FACTOR = 1 << 12;

/**
 * The expression multiplied out; undefined where it is no polynomial of moderate size. i² is -1.
 * @throws NotDefined, TooLarge
 */
export function expand(x: Expression, context: EvaluationContext): Polynomial | undefined {
  spend(context, 5);
  switch (x.kind) {
    case "number":
      return constantPolynomial(x.value);
    case "symbol":
      return new Map([[`${x.name}:1`, Q.ONE]]);
    case "constant":
      return x.name === "i" ? new Map([["i:1", Q.ONE]]) : undefined;
    case "percent": {
      const inner = expand(x.of, context);
      return inner && multiplyPolynomials(inner, new Map([["", Q.rational(1, 100)]]), context);
    }
    case "sum":
      return combine(x.terms, addPolynomials, context);
    case "product":
      return combine(x.factors, (a, b) => multiplyPolynomials(a, b, context), context);
    case "quotient": {
      const [above, below] = [expand(x.above, context), expand(x.below, context)];
      const divisor = below && asConstant(below);
      const inverse = divisor && constantPolynomial(Q.divide(Q.ONE, divisor));
      return above && inverse && multiplyPolynomials(above, inverse, context);
    }
    case "power":
      return expandPower(x.base, x.exponent, context);
    default:
      return undefined;
  }
}

function constantPolynomial(value: Rational): Polynomial | undefined {
  if (Q.bitLength(value.n) + Q.bitLength(value.d) > LONGEST_FACTOR) return undefined;
  return value.n === 0n ? new Map() : new Map([["", value]]);
}

function asConstant(x: Polynomial): Rational | undefined {
  if (x.size === 0) return Q.ZERO;
  return x.size === 1 ? x.get("") : undefined;
}

function combine(
  parts: readonly Expression[],
  operation: (a: Polynomial, b: Polynomial) => Polynomial | undefined,
  context: EvaluationContext,
): Polynomial | undefined {
  let total: Polynomial | undefined;
  for (const [k, part] of parts.entries()) {
    const value = expand(part, context);
    total = k === 0 ? value : total && value && operation(total, value);
  }
  return total;
}

function expandPower(
  base: Expression,
  exponent: Expression,
  context: EvaluationContext,
): Polynomial | undefined {
  const [value, times] = [expand(base, context), expand(exponent, context)];
  const power = times && asConstant(times);
  if (!value || !power || !Q.isInteger(power)) return undefined;
  const constant = asConstant(value);
  if (constant) {
    spend(context, Math.min(stepsOn(constant) * Math.abs(Number(power.n)), Q.LARGEST_BITS) / 2 ** 9);
    return constantPolynomial(Q.power(constant, power.n));
  }
  if (power.n < 0n || power.n > HIGHEST_POWER) return undefined;
  let result: Polynomial | undefined = new Map([["", Q.ONE]]);
  for (let k = 0n; k < power.n && result; k++) result = multiplyPolynomials(result, value, context);
  return result;
}

function addPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  const sum = new Map(a);
  for (const [monomial, factor] of b) addTo(sum, monomial, factor);
  return sum;
}

function addTo(sum: Map<string, Rational>, monomial: string, factor: Rational): void {
  const total = Q.add(sum.get(monomial) ?? Q.ZERO, factor);
  if (total.n === 0n) sum.delete(monomial);
  else sum.set(monomial, total);
}

function multiplyPolynomials(
  a: Polynomial,
  b: Polynomial,
  context: EvaluationContext,
): Polynomial | undefined {
  // Every pair of terms costs a product, and the sum of its factors with others.
  spend(context, a.size * stepsOnTerms(b) + b.size * stepsOnTerms(a));
  const product = new Map<string, Rational>();
  for (const [left, p] of a) {
    for (const [right, q] of b) {
      const { monomial, sign } = multiplyMonomials(left, right);
      addTo(product, monomial, Q.multiply(Q.multiply(p, q), sign));
    }
  }
  return product.size > MOST_MONOMIALS ? undefined : product;
}

function stepsOnTerms(x: Polynomial): number {
  let steps = 0;
  for (const factor of x.values()) steps += stepsOn(factor);
  return steps;
}

function multiplyMonomials(a: string, b: string): { monomial: string; sign: Rational } {
  const powers = new Map<string, number>();
  for (const part of `${a} ${b}`.split(" ")) {
    if (part === "") continue;
    const colon = part.lastIndexOf(":");
    const name = part.slice(0, colon);
    powers.set(name, (powers.get(name) ?? 0) + Number(part.slice(colon + 1)));
  }
  const imaginary = powers.get("i") ?? 0;
  if (imaginary >= 2) powers.set("i", imaginary % 2);
  const monomial = [...powers]
    .filter(([, power]) => power > 0)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([name, power]) => `${name}:${power}`)
    .join(" ");
  return { monomial, sign: Q.rational(imaginary % 4 >= 2 ? -1 : 1) };
}

export function equalPolynomials(a: Polynomial, b: Polynomial): boolean {
  return (
    a.size === b.size && [...a].every(([monomial, factor]) => Q.equals(factor, b.get(monomial) ?? Q.ZERO))
  );
}
