import { integerRoot } from "./integers";
import { NotDefined, TooLarge } from "./rational";
import {
  addReals,
  divideReals,
  fromFixed,
  magnitude,
  multiplyReals,
  negateReal,
  type Real,
  rootReal,
  sign,
  subtractReals,
  toFixed,
  Undetermined,
} from "./real";

/**
 * Elementary functions with bounds. Each reduces its argument until its Taylor series is short, sums that in fixed point with `GUARD` bits
 * more than asked for, and adds the error of reduction, series and argument.
 */
const GUARD = 64;
const ONE: Real = { m: 1n, e: 0, r: 0n };

const constants = new Map<string, bigint>();

/** A constant in fixed point, kept for each precision. */
function constant(name: "pi" | "ln2", scale: number): bigint {
  const key = `${name} ${scale}`;
  const kept = constants.get(key);
  if (kept !== undefined) return kept;
  const unit = 1n << BigInt(scale + 16);
  const value =
    name === "pi"
      ? 4n * (4n * inverseSeries(5n, unit, true) - inverseSeries(239n, unit, true)) // Machin
      : 2n * inverseSeries(3n, unit, false); // ln 2 = 2 artanh(1/3)
  constants.set(key, value >> 16n);
  return value >> 16n;
}

/** arctan(1/q) or artanh(1/q) of a whole number q. */
function inverseSeries(q: bigint, unit: bigint, alternating: boolean): bigint {
  let [term, sum, k] = [unit / q, 0n, 1n];
  while (term !== 0n) {
    sum += alternating && k % 4n === 3n ? -(term / k) : term / k;
    term /= q * q;
    k += 2n;
  }
  return sum;
}

export function pi(bits: number): Real {
  const scale = bits + GUARD;
  return fromFixed(constant("pi", scale), 2n, scale, bits);
}

/** e^x. @throws TooLarge where the result has an exponent of more than 40 bits */
export function exponential(x: Real, bits: number): Real {
  if (magnitude(x) > 40) throw new TooLarge("an exponential too large to follow");
  const scale = bits + GUARD + Math.max(0, magnitude(x));
  const { value, radius } = toFixed(x, scale);
  const ln2 = constant("ln2", scale);
  const doublings = value / ln2;
  // x = k ln 2 + y, and e^y = (e^(y / 2^h))^(2^h)
  const halvings = 8n;
  const unit = 1n << BigInt(scale);
  let [term, sum, k] = [unit, unit, 1n];
  const y = (value - doublings * ln2) >> halvings;
  while (term !== 0n && k < 10_000n) {
    term = (term * y) / unit / k;
    sum += term;
    k++;
  }
  for (let h = 0n; h < halvings; h++) sum = (sum * sum) >> BigInt(scale);
  const slack = (k << (halvings + 2n)) + (doublings < 0n ? -doublings : doublings) * 4n;
  // e^(x ± r) differs by at most e^x · 2r while r < 1
  if (radius > unit) throw new Undetermined("an exponential of a vague number");
  const error = slack + ((sum * radius * 2n) >> BigInt(scale)) + 2n;
  const result = fromFixed(sum, error, scale, bits);
  return { m: result.m, e: result.e + Number(doublings), r: result.r };
}

/** ln x. @throws NotDefined for x <= 0 */
export function logarithm(x: Real, bits: number): Real {
  const known = sign(x);
  if (known === undefined) throw new Undetermined("a logarithm of what may be 0");
  if (known <= 0) throw new NotDefined("a logarithm of a number that is not positive");
  const scale = bits + GUARD;
  const place = magnitude(x);
  // x = u 2^k with u in about [1/2, 1); roots bring u near 1: ln u = 2^h ln u^(1/2^h)
  const { value, radius } = toFixed({ m: x.m, e: x.e - place, r: x.r }, scale);
  const roots = 8;
  let u = value;
  for (let h = 0; h < roots; h++) u = integerRoot(u << BigInt(scale), 2);
  const unit = 1n << BigInt(scale);
  // ln u = 2 artanh((u - 1)/(u + 1))
  const z = ((u - unit) << BigInt(scale)) / (u + unit);
  const square = (z * z) >> BigInt(scale);
  let [term, sum, k] = [z, 0n, 1n];
  while (term !== 0n && term !== -1n) {
    sum += term / k;
    term = (term * square) >> BigInt(scale);
    k += 2n;
  }
  const total = (sum << BigInt(roots + 1)) + BigInt(place) * constant("ln2", scale);
  // The argument is at least 1/4, so its error grows at most fourfold.
  const slack = (k << BigInt(roots + 4)) + BigInt(Math.abs(place)) * 4n + radius * 4n;
  return fromFixed(total, slack, scale, bits);
}

export function sine(x: Real, bits: number): Real {
  return circular(x, bits, 0n);
}

export function cosine(x: Real, bits: number): Real {
  return circular(x, bits, 1n);
}

/** sin(x + shift π/2). */
function circular(x: Real, bits: number, shift: bigint): Real {
  const size = Math.max(0, magnitude(x));
  if (size > 4096) throw new TooLarge("an angle too large to be reduced");
  const scale = bits + GUARD + size;
  const { value, radius } = toFixed(x, scale);
  const right = constant("pi", scale) >> 1n;
  // y = x - k π/2 in [-π/4, π/4]
  const half = right >> 1n;
  const turns = value >= 0n ? (value + half) / right : -((-value + half) / right);
  const y = value - turns * right;
  const quarter = (((turns + shift) % 4n) + 4n) % 4n;
  const sum = quarter % 2n === 0n ? taylor(y, y, 1n, scale) : taylor(1n << BigInt(scale), y, 0n, scale);
  const result = quarter >= 2n ? -sum : sum;
  const error = radius + 2n * (turns < 0n ? -turns : turns) + 512n;
  return fromFixed(result, error, scale, bits);
}

/** first - first y²/((k+1)(k+2)) + ... */
function taylor(first: bigint, y: bigint, start: bigint, scale: number): bigint {
  const square = (y * y) >> BigInt(scale);
  let [term, sum, k] = [first, first, start];
  while (term !== 0n && term !== -1n) {
    term = -((term * square) >> BigInt(scale)) / ((k + 1n) * (k + 2n));
    sum += term;
    k += 2n;
  }
  return sum;
}

export function arctangent(x: Real, bits: number): Real {
  const known = sign(x);
  if (known === 0) return x;
  if (known === -1) return negateReal(arctangent(negateReal(x), bits));
  const working = bits + 32;
  if (known === 1 && magnitude(x) > 1) {
    // arctan x = π/2 - arctan 1/x
    const halfPi = divideReals(pi(working), { m: 2n, e: 0, r: 0n }, working);
    return subtractReals(halfPi, arctangent(divideReals(ONE, x, working), working), bits);
  }
  // arctan x = 2 arctan(x / (1 + √(1 + x²))), six times
  let z = x;
  const halvings = 6;
  for (let h = 0; h < halvings; h++) {
    const root = rootReal(addReals(ONE, multiplyReals(z, z, working), working), 2, working);
    z = divideReals(z, addReals(ONE, root, working), working);
  }
  const scale = bits + GUARD + Math.max(0, -magnitude(z));
  const { value, radius } = toFixed(z, scale);
  const square = (value * value) >> BigInt(scale);
  let [term, sum, k] = [value, 0n, 1n];
  while (term !== 0n && term !== -1n) {
    sum += term / k;
    term = -((term * square) >> BigInt(scale));
    k += 2n;
  }
  return fromFixed(sum << BigInt(halvings), (radius + k * 4n) << BigInt(halvings), scale, bits);
}

/** @throws NotDefined outside [-1, 1] */
export function arcsine(x: Real, bits: number): Real {
  const working = bits + 32;
  const square = multiplyReals(x, x, working);
  const rest = subtractReals(ONE, square, working);
  if (sign(rest) === -1) throw new NotDefined("an arcsine outside [-1, 1]");
  if (sign(rest) === 0) {
    const halfPi = divideReals(pi(working), { m: 2n, e: 0, r: 0n }, bits);
    return x.m < 0n ? negateReal(halfPi) : halfPi;
  }
  // arcsin x = 2 arctan(x / (1 + √(1 - x²)))
  const root = addReals(ONE, rootReal(rest, 2, working), working);
  return multiplyReals({ m: 2n, e: 0, r: 0n }, arctangent(divideReals(x, root, working), working), bits);
}

export function arccosine(x: Real, bits: number): Real {
  const working = bits + 32;
  const halfPi = divideReals(pi(working), { m: 2n, e: 0, r: 0n }, working);
  return subtractReals(halfPi, arcsine(x, working), bits);
}
