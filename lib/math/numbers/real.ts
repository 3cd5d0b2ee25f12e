import { integerRoot } from "./integers";
import { bitLength, NotDefined, type Rational, TooLarge } from "./rational";

/**
 * A real number known to lie in [m - r, m + r] · 2^e. The exponent is a machine number, so that 9^(10^9) costs no more than 9^2.
 * Every operation returns an interval that holds the true result.
 */
export interface Real {
  readonly m: bigint;
  readonly e: number;
  readonly r: bigint;
}

/** The precision is too low to tell: try again with more bits. */
export class Undetermined extends Error {
  override readonly name = "Undetermined";
}

/** Exponents beyond this are given up. */
const LARGEST_EXPONENT = 2 ** 45;

/** Keeps about `bits` bits of the middle. */
export function round({ m, e, r }: Real, bits: number): Real {
  // What is known to no bit is kept as it is, with a short radius.
  const extra = Math.max(bitLength(m) - bits, bitLength(r) - bits);
  if (Math.abs(e) > LARGEST_EXPONENT) throw new TooLarge("an exponent too large to follow");
  if (extra <= 0) return { m, e, r };
  const shift = BigInt(extra);
  return { m: m >> shift, e: e + extra, r: (r >> shift) + (r === 0n ? 1n : 2n) };
}

export function fromRational({ n, d }: Rational, bits: number): Real {
  if (d === 1n) return round({ m: n, e: 0, r: 0n }, bits);
  const shift = Math.max(0, bits + bitLength(d) - bitLength(n) + 1);
  return round({ m: (n << BigInt(shift)) / d, e: -shift, r: 1n }, bits);
}

export function negateReal({ m, e, r }: Real): Real {
  return { m: -m, e, r };
}

export function addReals(a: Real, b: Real, bits: number): Real {
  const [high, low] = a.e >= b.e ? [a, b] : [b, a];
  const gap = high.e - low.e;
  // What lies far below the last bit of the larger one only widens it.
  const far = gap > 4 * bits + bitLength(low.m) + bitLength(low.r);
  if (far && high.m !== 0n) return addReals(high, { m: 0n, e: high.e - 2 * bits, r: 1n }, bits);
  if (far) {
    if (high.r === 0n) return low;
    return { m: high.m, e: high.e, r: high.r + 1n };
  }
  const shift = BigInt(gap);
  return round({ m: (high.m << shift) + low.m, e: low.e, r: (high.r << shift) + low.r }, bits);
}

export function subtractReals(a: Real, b: Real, bits: number): Real {
  return addReals(a, negateReal(b), bits);
}

export function multiplyReals(a: Real, b: Real, bits: number): Real {
  const size = (value: bigint) => (value < 0n ? -value : value);
  const radius = size(a.m) * b.r + size(b.m) * a.r + a.r * b.r;
  return round({ m: a.m * b.m, e: a.e + b.e, r: radius }, bits);
}

/** @throws Undetermined where 0 is among the possible values, NotDefined where it is the only one */
export function divideReals(a: Real, b: Real, bits: number): Real {
  if (b.m === 0n && b.r === 0n) throw new NotDefined("division by zero");
  if (sign(b) === undefined) throw new Undetermined("a divisor that may be 0");
  const size = b.m < 0n ? -b.m : b.m;
  const shift = BigInt(Math.max(0, bits + bitLength(size) - bitLength(a.m) + 2));
  const quotient = (a.m << shift) / b.m;
  // |a/b - a'/b'| <= (r_a + |a/b| r_b) / (|b| - r_b)
  const absolute = quotient < 0n ? -quotient : quotient;
  const radius = ((a.r << shift) + absolute * b.r + b.r) / (size - b.r) + 2n;
  return round(
    { m: quotient, e: a.e - b.e - Number(shift), r: a.m === 0n && a.r === 0n ? 0n : radius },
    bits,
  );
}

/** -1, 0 or 1; undefined where the bounds do not tell. */
export function sign({ m, r }: Real): -1 | 0 | 1 | undefined {
  if (m > r) return 1;
  if (-m > r) return -1;
  return m === 0n && r === 0n ? 0 : undefined;
}

/** The place of the leading bit of the largest possible size: |x| < 2^magnitude. */
export function magnitude({ m, e, r }: Real): number {
  const size = (m < 0n ? -m : m) + r;
  return size === 0n ? Number.NEGATIVE_INFINITY : bitLength(size) + e;
}

/** The bounds of the value as fixed-point numbers with `scale` bits behind the point. */
export function toFixed(x: Real, scale: number): { value: bigint; radius: bigint } {
  const shift = x.e + scale;
  if (shift > 1 << 22) throw new TooLarge("a value too large to be written out");
  if (shift >= 0) return { value: x.m << BigInt(shift), radius: x.r << BigInt(shift) };
  if (-shift > 1 << 22) return { value: 0n, radius: 1n };
  return { value: x.m >> BigInt(-shift), radius: (x.r >> BigInt(-shift)) + 2n };
}

export function fromFixed(value: bigint, radius: bigint, scale: number, bits: number): Real {
  return round({ m: value, e: -scale, r: radius }, bits);
}

/** Roots of a higher degree are taken by the logarithm. */
export const HIGHEST_ROOT = 16;

/** The n-th root of a non-negative number, n up to `HIGHEST_ROOT`. @throws Undetermined where its sign is not known, NotDefined for a negative one */
export function rootReal(x: Real, n: number, bits: number): Real {
  const known = sign(x);
  if (known === 0) return x;
  if (known === -1) throw new NotDefined("an even root of a negative number");
  if (known === undefined) {
    if (x.m < -x.r) throw new NotDefined("an even root of a negative number");
    // Zero is possible: the root lies between 0 and that of the upper bound.
    const top = rootReal({ m: x.m + x.r, e: x.e, r: 0n }, n, bits);
    return { m: 0n, e: top.e, r: top.m + top.r };
  }
  if (n > HIGHEST_ROOT) throw new RangeError(`rootReal: a root of degree ${n}; at most ${HIGHEST_ROOT}`);
  // m 2^e = (m 2^s) 2^(e - s), with enough bits and an exponent that n divides
  let shift = Math.max(0, (bits + 2) * n - bitLength(x.m));
  shift += (((x.e - shift) % n) + n) % n;
  const [low, high] = [(x.m - x.r) << BigInt(shift), (x.m + x.r) << BigInt(shift)];
  const [from, to] = [integerRoot(low, n), x.r === 0n ? integerRoot(low, n) : integerRoot(high, n)];
  return round({ m: from, e: (x.e - shift) / n, r: to - from + 1n }, bits);
}

/** A whole power, by squaring. */
export function powerReal(x: Real, exponent: bigint, bits: number): Real {
  if (exponent < 0n) return divideReals({ m: 1n, e: 0, r: 0n }, powerReal(x, -exponent, bits), bits);
  let result: Real = { m: 1n, e: 0, r: 0n };
  for (const bit of exponent.toString(2)) {
    result = multiplyReals(result, result, bits);
    if (bit === "1") result = multiplyReals(result, x, bits);
  }
  return result;
}

/** Whether |x| < 2^-bits · |size| for every possible value; without a size, < 2^-bits. */
export function absoluteBelow(x: Real, size: Real | undefined, bits: number): boolean {
  if (size === undefined) return magnitude(x) <= -bits;
  const least = (size.m < 0n ? -size.m : size.m) - size.r;
  return least > 0n && magnitude(x) <= bitLength(least) - 1 + size.e - bits;
}
