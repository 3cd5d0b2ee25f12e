import { squareFree } from "../../../math/numbers/integers";
import { greatestCommonDivisor, type Rational, rational } from "../../../math/numbers/rational";
import { addSurds, multiplySurds, type Surd, surd } from "../../../math/numbers/surd";

/** Exact answers as LaTeX, in the form that the official files write them. */

/** 7, \frac{3}{4}, -\frac{1}{2}: in lowest terms. @throws NotDefined where the denominator is 0 */
export function fraction(n: number | bigint, d: number | bigint = 1): string {
  return surds(surd(rational(n, d)));
}

/** √(n/d) as a sum of square roots with one term. n ≥ 0, d > 0; what is below the root is at most 2.7e10. */
export function root(n: number, d = 1): Surd {
  const { n: above, d: below } = rational(n, d);
  if (above === 0n) return new Map();
  const { outside, inside } = squareFree(above * below)!; // √(n/d) = √(n d) / d
  return new Map([[inside, rational(outside, below)]]);
}

export function sumOf(...terms: readonly Surd[]): Surd {
  return terms.reduce((sum, term) => addSurds(sum, term)!, new Map() as Surd);
}

export function timesRational(value: Surd, n: number | bigint, d: number | bigint = 1): Surd {
  return multiplySurds(value, surd(rational(n, d)))!;
}

/**
 * A sum of square roots over one denominator, the rational term first: \frac{5+2\sqrt{6}}{3}, 2\sqrt{3}, -\frac{4\sqrt{3}}{3}.
 * @param unit  a factor of every term, such as \pi
 */
export function surds(value: Surd, unit = ""): string {
  if (value.size === 0) return "0";
  const terms = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
  const below = terms.reduce((all, [, { d }]) => (all / greatestCommonDivisor(all, d)) * d, 1n);
  const isNegative = terms.every(([, { n }]) => n < 0n);
  const above = terms.map(([radicand, q], place) =>
    term((isNegative ? -q.n : q.n) * (below / q.d), radicand, unit, place === 0),
  );
  const sign = isNegative ? "-" : "";
  if (below !== 1n) return `${sign}\\frac{${above.join("")}}{${below}}`;
  return isNegative && above.length > 1 ? `-(${above.join("")})` : sign + above.join("");
}

/** k√d and the unit, with its sign where it is negative or not the first. */
function term(factor: bigint, radicand: bigint, unit: string, isFirst: boolean): string {
  const sign = factor < 0n ? "-" : isFirst ? "" : "+";
  const size = factor < 0n ? -factor : factor;
  const rest = (radicand === 1n ? "" : `\\sqrt{${radicand}}`) + unit;
  return sign + (size === 1n && rest !== "" ? "" : size) + rest;
}

/** factor p^m + rest over one denominator, p > 1, factor > 0, and no p left in the factor: \frac{7\cdot 3^{99}-1}{2}. */
export function withPower(factor: Rational, base: number, exponent: number, rest: Rational): string {
  const below = (factor.d / greatestCommonDivisor(factor.d, rest.d)) * rest.d;
  let [a, m] = [factor.n * (below / factor.d), exponent];
  const b = rest.n * (below / rest.d);
  for (; a % BigInt(base) === 0n; m++) a /= BigInt(base);
  const power = `${a === 1n ? "" : `${a}\\cdot `}${base}^{${m}}`;
  const above = b === 0n ? power : `${power}${b < 0n ? "-" : "+"}${b < 0n ? -b : b}`;
  return below === 1n ? above : `\\frac{${above}}{${below}}`;
}

/** Which ends of an interval belong to it. */
export interface Ends {
  readonly low: boolean;
  readonly high: boolean;
}

/** [3,12), and \left[2\sqrt{3},\frac{13}{2}\right) round what is higher than a digit. */
export function interval(low: string, high: string, { low: hasLow, high: hasHigh }: Ends): string {
  const [open, close] = [hasLow ? "[" : "(", hasHigh ? "]" : ")"];
  const isPlain = !`${low}${high}`.includes("\\");
  return isPlain ? `${open}${low},${high}${close}` : `\\left${open}${low},${high}\\right${close}`;
}
