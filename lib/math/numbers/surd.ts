import { exactRoot, squareFree } from "./integers";
import type { Rational } from "./rational";
import * as Q from "./rational";

/**
 * A sum of square roots in normal form: sum of q_d √d over square-free d, as a map from d to q_d ≠ 0. Square roots of different
 * square-free numbers are linearly independent over the rationals (Besicovitch), so two sums are equal exactly when their maps are.
 */
export type Surd = ReadonlyMap<bigint, Rational>;

/** More terms than this are left to the numeric layer. */
const MOST_TERMS = 16;

export function surd(value: Rational): Surd {
  return value.n === 0n ? new Map() : new Map([[1n, value]]);
}

/** The value, where no root is left. */
export function asRational(value: Surd): Rational | undefined {
  if (value.size === 0) return Q.ZERO;
  return value.size === 1 ? value.get(1n) : undefined;
}

/** @returns undefined where the sum has too many terms */
export function addSurds(a: Surd, b: Surd): Surd | undefined {
  const sum = new Map(a);
  for (const [radicand, factor] of b) addTerm(sum, radicand, factor);
  return sum.size > MOST_TERMS ? undefined : sum;
}

function addTerm(sum: Map<bigint, Rational>, radicand: bigint, factor: Rational): void {
  const total = Q.add(sum.get(radicand) ?? Q.ZERO, factor);
  if (total.n === 0n) sum.delete(radicand);
  else sum.set(radicand, total);
}

/** @returns undefined where the product has too many terms */
export function multiplySurds(a: Surd, b: Surd): Surd | undefined {
  if (a.size * b.size > MOST_TERMS * MOST_TERMS) return undefined;
  const product = new Map<bigint, Rational>();
  for (const [d, p] of a) {
    for (const [e, q] of b) {
      // √d √e = g √(d/g · e/g) with g = gcd(d, e): the rest is square-free again
      const common = Q.greatestCommonDivisor(d, e);
      addTerm(product, (d / common) * (e / common), Q.multiply(Q.multiply(p, q), Q.rational(common)));
    }
  }
  return product.size > MOST_TERMS ? undefined : product;
}

/**
 * 1 / a: a is multiplied with its conjugates over one prime factor after the other, until it is rational.
 * @throws NotDefined for 0
 */
export function invertSurd(a: Surd): Surd | undefined {
  let [below, above]: [Surd, Surd] = [a, surd(Q.ONE)];
  for (let round = 0; round < 8; round++) {
    const value = asRational(below);
    if (value) return multiplySurds(above, surd(Q.divide(Q.ONE, value)));
    const factor = separatingFactor(below);
    const conjugate: Surd = new Map(
      [...below].map(([d, q]) => [d, d % factor === 0n ? Q.negate(q) : q] as [bigint, Rational]),
    );
    const [nextBelow, nextAbove] = [multiplySurds(below, conjugate), multiplySurds(above, conjugate)];
    if (!nextBelow || !nextAbove) return undefined;
    [below, above] = [nextBelow, nextAbove];
  }
  return undefined;
}

/** A factor (prime to the rest) that divides some radicands and not all that it has a divisor in common with. */
function separatingFactor(value: Surd): bigint {
  let factor = [...value.keys()].find((d) => d !== 1n)!;
  // Refined until every radicand holds all of it or none: negating √factor is then an automorphism.
  for (let changed = true; changed; ) {
    changed = false;
    for (const d of value.keys()) {
      const common = Q.greatestCommonDivisor(factor, d);
      if (common !== 1n && common !== factor) {
        factor = common;
        changed = true;
      }
    }
  }
  return factor;
}

/**
 * √a, where it is a sum of square roots again: of a rational, and by denesting of p + q√c with a rational √(p² - q²c).
 * @throws NotDefined for a negative rational
 */
export function squareRoot(a: Surd): Surd | undefined {
  const value = asRational(a);
  if (value) return rationalRoot(value);
  if (a.size !== 2 || !a.has(1n)) return undefined;
  const p = a.get(1n)!;
  const [c, q] = [...a].find(([radicand]) => radicand !== 1n)!;
  // √(p + q√c) = √((p + r)/2) ± √((p - r)/2), r = √(p² - q²c)
  const inner = Q.subtract(Q.multiply(p, p), Q.multiply(Q.multiply(q, q), Q.rational(c)));
  if (p.n <= 0n || inner.n < 0n) return undefined;
  const [top, bottom] = [exactRoot(inner.n, 2), exactRoot(inner.d, 2)];
  if (top === undefined || bottom === undefined) return undefined;
  const [r, half] = [Q.rational(top, bottom), Q.rational(1n, 2n)];
  const first = rationalRoot(Q.multiply(Q.add(p, r), half));
  const second = rationalRoot(Q.multiply(Q.subtract(p, r), half));
  if (!first || !second) return undefined;
  return addSurds(first, q.n < 0n ? multiplySurds(second, surd(Q.rational(-1n)))! : second);
}

function rationalRoot(value: Rational): Surd | undefined {
  if (value.n < 0n) throw new Q.NotDefined("the square root of a negative number");
  if (value.n === 0n) return new Map();
  if (Q.bitLength(value.n) + Q.bitLength(value.d) > 512) return undefined;
  // √(n/d) = √(n d) / d
  const parts = squareFree(value.n * value.d);
  return parts && new Map([[parts.inside, Q.rational(parts.outside, value.d)]]);
}

export function equalSurds(a: Surd, b: Surd): boolean {
  if (a.size !== b.size) return false;
  for (const [radicand, factor] of a) {
    const other = b.get(radicand);
    if (!other || !Q.equals(factor, other)) return false;
  }
  return true;
}
