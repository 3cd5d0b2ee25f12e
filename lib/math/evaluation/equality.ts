import { children, type Expression, freeSymbols } from "../expressions/expression";
import type { Rational } from "../numbers/rational";
import * as Q from "../numbers/rational";
import { absoluteBelow, type Real, sign, subtractReals, toFixed, Undetermined } from "../numbers/real";
import { asRational, equalSurds } from "../numbers/surd";
import type { EvaluationContext } from "./context";
import { exactValue } from "./exact";
import { sameFunction } from "./identity";
import { realValue } from "./numeric";

/** Whether two expressions are the same number, or the same function of their variables. */

/** 60 and 200 decimal digits, with some to lose. @see OlymMATH, checker, numeric layer */
const PRECISIONS = [232, 720] as const;
/** Equal at 200 digits: 10^-150 relative, in bits. */
const EQUAL_BITS = 498;
/** `ref`: both sides of a decimal are rounded to so many decimals. */
const REF_DECIMALS = 6;
/** `ref`: a difference below 2^-53 counts as zero (15 digits). */
const REF_CHOP_BITS = 53;

/** Which layer decided. */
export type EqualityPath = "exact" | "numeric" | "decimal" | "identity";
interface Equality {
  equal: boolean;
  path: EqualityPath;
}

type NumberExpression = Extract<Expression, { kind: "number" }>;

export function sameValue(a: Expression, b: Expression, context: EvaluationContext): Equality {
  if (a.kind === "infinity" || b.kind === "infinity")
    return {
      equal: a.kind === "infinity" && b.kind === "infinity" && a.negative === b.negative,
      path: "exact",
    };
  if (hasVariables(a) || hasVariables(b)) {
    const at = (inner: EvaluationContext) => equalWhereDefined(a, b, inner);
    return { equal: sameFunction(a, b, context, at), path: "identity" };
  }
  return context.mode === "ref" ? sameByReference(a, b, context) : sameByPolicy(a, b, context);
}

function hasVariables(x: Expression): boolean {
  return freeSymbols(x).length > 0 || holdsImaginary(x);
}

function holdsImaginary(x: Expression): boolean {
  return (x.kind === "constant" && x.name === "i") || children(x).some(holdsImaginary);
}

/** undefined where one side has no value at this point. */
function equalWhereDefined(a: Expression, b: Expression, context: EvaluationContext): boolean | undefined {
  try {
    return sameNumber(a, b, context).equal;
  } catch (error) {
    if (error instanceof Q.NotDefined || error instanceof Undetermined) return undefined;
    throw error;
  }
}

/** Exactly where both are sums of square roots, else with bounds. */
function sameNumber(a: Expression, b: Expression, context: EvaluationContext): Equality {
  const [left, right] = [exactOrLarge(a, context), exactOrLarge(b, context)];
  if (left && right) return { equal: equalSurds(left, right), path: "exact" };
  return { equal: order(a, b, context) === 0, path: "numeric" };
}

/** The exact value, where it is short enough to be written out. */
function exactOrLarge(x: Expression, context: EvaluationContext): ReturnType<typeof exactValue> {
  try {
    return exactValue(x, context);
  } catch (error) {
    if (error instanceof Q.TooLarge && context.work.left >= 0) return undefined;
    throw error;
  }
}

/**
 * -1, 0 or 1 as a is less than, equal to or greater than b; numbers that agree to 150 digits are equal.
 * @throws Undetermined where 200 digits do not tell
 */
export function order(a: Expression, b: Expression, context: EvaluationContext): -1 | 0 | 1 {
  if (a.kind === "infinity" || b.kind === "infinity") return orderInfinite(a, b);
  for (const [k, bits] of PRECISIONS.entries()) {
    try {
      const [x, y] = [realValue(a, bits, context), realValue(b, bits, context)];
      const difference = subtractReals(x, y, bits);
      const known = sign(difference);
      if (known) return known;
      if (known === 0 || (k > 0 && agree(x, y, difference))) return 0;
    } catch (error) {
      if (!(error instanceof Undetermined) || k === PRECISIONS.length - 1) throw error;
    }
  }
  throw new Undetermined("200 digits do not tell the two values apart");
}

function agree(x: Real, y: Real, difference: Real): boolean {
  return (
    [x, y].some((size) => absoluteBelow(difference, size, EQUAL_BITS)) ||
    absoluteBelow(difference, undefined, EQUAL_BITS)
  );
}

function orderInfinite(a: Expression, b: Expression): -1 | 0 | 1 {
  const place = (x: Expression) => (x.kind === "infinity" ? (x.negative ? -1 : 1) : 0);
  return Math.sign(place(a) - place(b)) as -1 | 0 | 1;
}

/** Decimals, as the stricter and kinder policy reads them. @see OlymMATH, checker, decimals */
function sameByPolicy(a: Expression, b: Expression, context: EvaluationContext): Equality {
  const [left, right] = [decimalLiteral(a), decimalLiteral(b)];
  if (left && right) return { equal: nearlySame(left.value, right.value), path: "decimal" };
  if (left || right)
    return { equal: matchesDecimal((left ?? right)!, left ? b : a, context), path: "decimal" };
  return sameNumber(a, b, context);
}

/** A decimal, or a decimal times a power of ten, as one literal. */
function decimalLiteral(x: Expression): NumberExpression | undefined {
  if (x.kind === "number") return x.decimal ? x : undefined;
  if (x.kind !== "product") return undefined;
  const sign =
    x.factors[0].kind === "number" && x.factors[0].value.n === -1n && !x.factors[0].decimal ? -1n : 1n;
  const [mantissa, power, ...more] = sign < 0n ? x.factors.slice(1) : x.factors;
  if (mantissa?.kind !== "number" || !mantissa.decimal || power?.kind !== "power" || more.length > 0)
    return undefined;
  const { base, exponent } = power;
  const isTen = base.kind === "number" && base.value.n === 10n && base.value.d === 1n;
  if (!isTen || exponent.kind !== "number" || !Q.isInteger(exponent.value)) return undefined;
  const shift = exponent.value.n;
  const value = Q.multiply(Q.multiply(mantissa.value, Q.power(Q.rational(10), shift)), Q.rational(sign));
  return {
    kind: "number",
    value,
    decimal: { places: mantissa.decimal.places - Number(shift), digits: mantissa.decimal.digits },
  };
}

/** Two decimals: within a millionth. */
function nearlySame(a: Rational, b: Rational): boolean {
  const gap = Q.absolute(Q.subtract(a, b));
  const larger = Q.compare(Q.absolute(a), Q.absolute(b)) > 0 ? Q.absolute(a) : Q.absolute(b);
  return Q.compare(gap, Q.multiply(larger, Q.rational(1, 1_000_000))) <= 0;
}

const FEWEST_DIGITS = 6;
/** A double written in full has up to 17 digits, of which the last are its own rounding. */
const DOUBLE_DIGITS = { fewest: 15, most: 17, error: Q.rational(1n, 1n << 51n) };

/** Whether a decimal of 6 significant digits or more is an exact value to its last place. */
function matchesDecimal(
  { value, decimal }: NumberExpression,
  exact: Expression,
  context: EvaluationContext,
): boolean {
  const known = exactOrLarge(exact, context);
  const target = known && asRational(known);
  if (target && Q.equals(target, value)) return true;
  const { places, digits } = decimal!;
  if (digits < FEWEST_DIGITS) return false;
  let allowed = Q.power(Q.rational(10), BigInt(-places));
  if (digits >= DOUBLE_DIGITS.fewest && digits <= DOUBLE_DIGITS.most) {
    const rounding = Q.multiply(Q.absolute(value), DOUBLE_DIGITS.error);
    if (Q.compare(rounding, allowed) > 0) allowed = rounding;
  }
  if (target) return Q.compare(Q.absolute(Q.subtract(target, value)), allowed) <= 0;
  const literal = (bound: Rational): Expression => ({ kind: "number", value: bound });
  return (
    order(exact, literal(Q.subtract(value, allowed)), context) >= 0 &&
    order(exact, literal(Q.add(value, allowed)), context) <= 0
  );
}

/** Numbers as Math-Verify compares them. @see OlymMATH, reference verdict, e */
function sameByReference(a: Expression, b: Expression, context: EvaluationContext): Equality {
  const atoms = [a, b].filter((x): x is NumberExpression => x.kind === "number");
  // A rounded decimal and a whole number are of two kinds: they are equal only as they stand.
  const whole = atoms.some((x) => !x.decimal && Q.isInteger(x.value));
  if (atoms.some((x) => x.decimal) && !whole)
    return { equal: roundedDecimal(a, context) === roundedDecimal(b, context), path: "decimal" };
  const exact = sameNumber(a, b, context);
  if (exact.equal || atoms.length > 0) return exact;
  const bits = PRECISIONS[0];
  const difference = subtractReals(realValue(a, bits, context), realValue(b, bits, context), bits);
  return { equal: absoluteBelow(difference, undefined, REF_CHOP_BITS), path: "numeric" };
}

/** The value times 10^6, rounded. */
function roundedDecimal(x: Expression, context: EvaluationContext): bigint {
  const known = exactOrLarge(x, context);
  const value = known && asRational(known);
  const scale = 10n ** BigInt(REF_DECIMALS);
  if (value) {
    const scaled = Q.multiply(value, Q.rational(scale));
    return Q.floor(Q.add(scaled, Q.rational(1, 2)));
  }
  const places = 96;
  const fixed = toFixed(realValue(x, PRECISIONS[0], context), places).value;
  return (fixed * scale + (1n << BigInt(places - 1))) >> BigInt(places);
}
