import { exactRoot } from "../numbers/integers";
import type { Rational } from "../numbers/rational";
import * as Q from "../numbers/rational";
import {
  addSurds,
  asRational,
  invertSurd,
  multiplySurds,
  type Surd,
  squareRoot,
  surd,
} from "../numbers/surd";
import { type EvaluationContext, spend, stepsOn } from "./context";

/**
 * Arithmetic on exact values that pays for its work before it is done. Every function answers undefined where the result is no sum of square
 * roots, or is not known to be one.
 */

/** Powers of a sum of roots are multiplied out to this exponent, roots are looked for to this degree. */
const HIGHEST_POWER = 64n;

function stepsOnSurd(value: Surd): number {
  let steps = 1;
  for (const factor of value.values()) steps += stepsOn(factor);
  return steps;
}

export function plus(a: Surd, b: Surd, context: EvaluationContext): Surd | undefined {
  const whole = [...a.values(), ...b.values()].every(Q.isInteger);
  spend(context, (stepsOnSurd(a) + stepsOnSurd(b)) / (whole ? 8 : 1));
  return addSurds(a, b);
}

export function times(a: Surd, b: Surd, context: EvaluationContext): Surd | undefined {
  spend(context, stepsOnSurd(a) * b.size + stepsOnSurd(b) * a.size);
  return multiplySurds(a, b);
}

/** @throws NotDefined for 0 */
export function reciprocal(value: Surd, context: EvaluationContext): Surd | undefined {
  const known = asRational(value);
  if (known) return surd(Q.divide(Q.ONE, known));
  spend(context, 8 * stepsOnSurd(value) * value.size);
  return invertSurd(value);
}

/** value^exponent. @throws NotDefined, TooLarge */
export function raised(value: Surd, exponent: Rational, context: EvaluationContext): Surd | undefined {
  if (Q.isInteger(exponent)) return wholePower(value, exponent.n, context);
  if (!asRational(value)) return undefined;
  // x^(p/q) = (q-th root of x)^p
  const root = rootOf(value, exponent.d, context);
  return root && wholePower(root, exponent.n, context);
}

function wholePower(base: Surd, exponent: bigint, context: EvaluationContext): Surd | undefined {
  const size = exponent < 0n ? -exponent : exponent;
  const known = asRational(base);
  if (known) {
    const bits = Math.max(Q.bitLength(known.n), Q.bitLength(known.d)) * Number(size);
    spend(context, Math.min(bits, Q.LARGEST_BITS) / 2 ** 9);
    return surd(Q.power(known, exponent));
  }
  if (size > HIGHEST_POWER) return undefined;
  let result: Surd | undefined = surd(Q.ONE);
  for (let k = 0n; k < size && result; k++) result = times(result, base, context);
  return result && exponent < 0n ? reciprocal(result, context) : result;
}

/** The root of this degree; of a negative number the real one, which `ref` does not know. @throws NotDefined */
export function rootOf(value: Surd, degree: bigint, context: EvaluationContext): Surd | undefined {
  if (degree < 1n || degree > HIGHEST_POWER) return undefined;
  spend(context, 100 + (stepsOnSurd(value) / 4) ** 2);
  if (degree === 2n) return squareRoot(value);
  const known = asRational(value);
  if (!known) return undefined;
  const negative = known.n < 0n;
  if (negative && (degree % 2n === 0n || context.mode === "ref"))
    throw new Q.NotDefined("a root of a negative number");
  const [above, below] = [Q.absolute(known).n, known.d].map((part) => exactRoot(part, Number(degree)));
  if (above !== undefined && below !== undefined) return surd(Q.rational(negative ? -above : above, below));
  // The fourth root of 9 is √3, that of 7 + 4√3 squared (1 + √3)/√2.
  const inner = degree % 2n === 0n ? squareRoot(value) : undefined;
  return inner && rootOf(inner, degree / 2n, context);
}
