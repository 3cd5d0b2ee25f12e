import { createRandom } from "../../data/random";
import type { Expression } from "../expressions/expression";
import { freeSymbols } from "../expressions/expression";
import * as Q from "../numbers/rational";
import { type EvaluationContext, spend, withValue } from "./context";
import { equalPolynomials, expand } from "./polynomial";

/** Whether two expressions in the same variables are the same function. @see OlymMATH, checker, symbolic expressions */

/** Two primes of 61 bits: 2^61 - 1 and the next one below. */
const PRIMES: readonly bigint[] = [2305843009213693951n, 2305843009213693921n];
const POINTS = 8;
const TRIALS = 24;

export function sameFunction(
  a: Expression,
  b: Expression,
  context: EvaluationContext,
  equalAt: (context: EvaluationContext) => boolean | undefined,
): boolean {
  const [names, others] = [freeSymbols(a), freeSymbols(b)];
  const [p, q] = [expand(a, context), expand(b, context)];
  if (p && q) return equalPolynomials(p, q);
  if (names.join(" ") !== others.join(" ")) return false;
  return sameModuloPrimes(a, b, names, context) ?? sameAtPoints(names, context, equalAt);
}

/** Rational functions at random points modulo primes; undefined where one is no rational function. */
function sameModuloPrimes(
  a: Expression,
  b: Expression,
  names: readonly string[],
  context: EvaluationContext,
): boolean | undefined {
  const random = createRandom(20250326);
  let agreed = 0;
  for (let trial = 0; trial < TRIALS && agreed < POINTS; trial++) {
    const values = new Map(names.map((name) => [name, BigInt(Math.floor(random.uniform() * 2 ** 52)) + 1n]));
    const results = PRIMES.map((prime) => [a, b].map((x) => valueModulo(x, values, prime, context)));
    if (results.flat().includes("no rational function")) return undefined;
    if (results.flat().includes("undefined")) continue;
    if (results.some(([left, right]) => left !== right)) return false;
    agreed++;
  }
  return agreed === POINTS;
}

type Residue = bigint | "undefined" | "no rational function";

function valueModulo(
  x: Expression,
  values: ReadonlyMap<string, bigint>,
  prime: bigint,
  context: EvaluationContext,
): Residue {
  spend(context, 2);
  const inner = (part: Expression) => valueModulo(part, values, prime, context);
  const fold = (parts: readonly Expression[], operation: (p: bigint, q: bigint) => bigint): Residue =>
    parts.map(inner).reduce((p, q) => {
      if (typeof p === "string") return p;
      return typeof q === "string" ? q : operation(p, q) % prime;
    });
  switch (x.kind) {
    case "number":
      return dividedModulo(x.value.n, x.value.d, prime);
    case "symbol":
      return values.get(x.name) ?? "no rational function";
    case "percent": {
      const value = inner(x.of);
      return typeof value === "string" ? value : dividedModulo(value, 100n, prime);
    }
    case "sum":
      return fold(x.terms, (p, q) => p + q);
    case "product":
      return fold(x.factors, (p, q) => p * q);
    case "quotient": {
      const [above, below] = [inner(x.above), inner(x.below)];
      if (typeof above === "string") return above;
      return typeof below === "string" ? below : dividedModulo(above, below, prime);
    }
    case "power": {
      const base = inner(x.base);
      if (typeof base === "string") return base;
      if (x.exponent.kind !== "number" || !Q.isInteger(x.exponent.value)) return "no rational function";
      const times = x.exponent.value.n;
      spend(context, Q.bitLength(times) / 64);
      const size = powerModulo(base, times < 0n ? -times : times, prime);
      return times < 0n ? dividedModulo(1n, size, prime) : size;
    }
    default:
      return "no rational function";
  }
}

function powerModulo(base: bigint, exponent: bigint, prime: bigint): bigint {
  let [result, square] = [1n, ((base % prime) + prime) % prime];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

function dividedModulo(above: bigint, below: bigint, prime: bigint): Residue {
  const divisor = ((below % prime) + prime) % prime;
  if (divisor === 0n) return "undefined";
  // Fermat: b^(p - 2) is 1 / b
  return ((((above % prime) + prime) % prime) * powerModulo(divisor, prime - 2n, prime)) % prime;
}

/** Other functions at random rational points, with bounds. */
function sameAtPoints(
  names: readonly string[],
  context: EvaluationContext,
  equalAt: (context: EvaluationContext) => boolean | undefined,
): boolean {
  const random = createRandom(19991231);
  let agreed = 0;
  for (let trial = 0; trial < TRIALS && agreed < POINTS; trial++) {
    let at = context;
    for (const [place, name] of names.entries()) {
      // Roots and logarithms may be defined for positive numbers only, where |x| is x: every other point has negative ones, in changing places.
      const sign = trial % 2 === 0 || (trial >> (place + 1)) & 1 ? 1 : -1;
      at = withValue(at, name, Q.rational(sign * (1 + random.integer(997)), 1 + random.integer(89)));
    }
    const equal = equalAt(at);
    if (equal === false) return false;
    if (equal) agreed++;
  }
  return agreed === POINTS;
}
