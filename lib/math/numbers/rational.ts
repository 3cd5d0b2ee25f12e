/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** The number is too large to be written out, or takes too long: the answer cannot be decided this way. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** The expression has no real value here: a division by zero, the root of a negative number. */
export class NotDefined extends Error {
  override readonly name = "NotDefined";
}

/** Exact numbers have at most this many bits. @see OlymMATH, checker, exact layer */
export const LARGEST_BITS = 2 ** 20;

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

/** @throws NotDefined where the denominator is zero */
export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  let [top, bottom] = [BigInt(n), BigInt(d)];
  if (bottom === 0n) throw new NotDefined("division by zero");
  if (bottom < 0n) [top, bottom] = [-top, -bottom];
  const common = bottom === 1n ? 1n : greatestCommonDivisor(top, bottom);
  return common === 1n ? { n: top, d: bottom } : { n: top / common, d: bottom / common };
}

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** log2 |value|, of a long number rounded up; of 0 it is 0. */
function binaryLogarithm(value: bigint): number {
  const bits = bitLength(value);
  return bits > 53 ? bits : Math.log2(Math.max(1, Math.abs(Number(value))));
}

/** The bits of |value|; 0 has none. */
export function bitLength(value: bigint): number {
  const size = value < 0n ? -value : value;
  if (size <= 0xffffffffn) return size === 0n ? 0 : 32 - Math.clz32(Number(size));
  const hex = size.toString(16);
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0], 16)) - 28);
}

export const negate = (a: Rational): Rational => ({ n: -a.n, d: a.d });
export const add = (a: Rational, b: Rational): Rational => limited(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));
export const multiply = (a: Rational, b: Rational): Rational => limited(a.n * b.n, a.d * b.d);
export const divide = (a: Rational, b: Rational): Rational => limited(a.n * b.d, a.d * b.n);
export const equals = (a: Rational, b: Rational): boolean => a.n === b.n && a.d === b.d;
export const isInteger = (a: Rational): boolean => a.d === 1n;
export const absolute = (a: Rational): Rational => (a.n < 0n ? negate(a) : a);

/** -1, 0 or 1, as `a` is less than, equal to or greater than `b`. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function floor(a: Rational): bigint {
  const quotient = a.n / a.d;
  return a.n < 0n && a.n % a.d !== 0n ? quotient - 1n : quotient;
}

/**
 * `base` to an integer power.
 * @throws TooLarge where the result has more than `LARGEST_BITS` bits; NotDefined for 0 to a negative power
 */
export function power(base: Rational, exponent: bigint): Rational {
  if (exponent === 0n) return ONE;
  if (base.n === 0n && exponent < 0n) throw new NotDefined("0 to a negative power");
  const [top, bottom] = exponent < 0n ? [base.d, base.n] : [base.n, base.d];
  const times = exponent < 0n ? -exponent : exponent;
  const isUnit = (value: bigint) => value === 0n || value === 1n || value === -1n;
  if (!(isUnit(top) && isUnit(bottom))) {
    const bits = Math.max(binaryLogarithm(top), binaryLogarithm(bottom));
    if (times > BigInt(LARGEST_BITS) || bits * Number(times) > LARGEST_BITS)
      throw new TooLarge(`a power of more than ${LARGEST_BITS} bits`);
  }
  const even = times % 2n === 0n;
  const raise = (value: bigint) => (isUnit(value) ? (even ? value * value : value) : value ** times);
  const [n, d] = [raise(top), raise(bottom)];
  return d < 0n ? { n: -n, d: -d } : { n, d }; // powers of coprime numbers are coprime
}

function limited(n: bigint, d: bigint): Rational {
  if (bitLength(n) > 4 * LARGEST_BITS || bitLength(d) > 4 * LARGEST_BITS)
    throw new TooLarge(`a number of more than ${4 * LARGEST_BITS} bits`);
  // Lowest terms take time with the square of the length.
  if (d !== 1n && bitLength(d) > 1 << 12) throw new TooLarge("a fraction with too long a denominator");
  return rational(n, d);
}
