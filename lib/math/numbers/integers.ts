import { bitLength, TooLarge } from "./rational";

/** Exact functions of whole numbers. */

/** Factorials are worked out to this argument. @see OlymMATH, checker, exact layer */
const LARGEST_FACTORIAL = 5000n;
/** Square factors are looked for among the primes below. */
const TRIAL_LIMIT = 3000n;

/** @throws TooLarge above 5000!, RangeError below 0 */
export function factorial(n: bigint): bigint {
  if (n < 0n) throw new RangeError(`factorial: ${n} is negative`);
  if (n > LARGEST_FACTORIAL) throw new TooLarge(`a factorial of ${n}`);
  return product(1n, n);
}

/** The product of the whole numbers from `low` to `high`, by halves; 1 where there are none. */
function product(low: bigint, high: bigint): bigint {
  if (low > high) return 1n;
  if (high - low < 8n) {
    let result = low;
    for (let k = low + 1n; k <= high; k++) result *= k;
    return result;
  }
  const middle = (low + high) / 2n;
  return product(low, middle) * product(middle + 1n, high);
}

/** n (n-1) ... (n-k+1), the number of arrangements of k out of n. @throws TooLarge for k above 5000 or long numbers */
export function fallingFactorial(n: bigint, k: bigint): bigint {
  if (k < 0n) throw new RangeError(`fallingFactorial: ${k} is negative`);
  if (n >= 0n && k > n) return 0n;
  if (k > LARGEST_FACTORIAL || bitLength(n) > 1024) throw new TooLarge(`${k} factors from ${n} down`);
  return product(n - k + 1n, n);
}

/** The number of subsets of k out of n; 0 where k < 0 or k > n >= 0. */
export function binomial(n: bigint, k: bigint): bigint {
  if (k < 0n || (n >= 0n && k > n)) return 0n;
  const few = n >= 0n && n - k < k ? n - k : k;
  return fallingFactorial(n, few) / factorial(few);
}

/** The whole part of the n-th root of a non-negative number, by Newton's method. */
export function integerRoot(value: bigint, n: number): bigint {
  if (value < 0n) throw new RangeError(`integerRoot: ${value} is negative`);
  if (value < 2n || n === 1) return value;
  const degree = BigInt(n);
  const bits = bitLength(value);
  if (bits <= n) return 1n;
  // Starts above the root, from where the steps fall to it.
  let root =
    bits < 1000 ? BigInt(Math.ceil(Number(value) ** (1 / n) * (1 + 1e-12))) + 1n : seed(value, n, bits);
  for (;;) {
    const next = ((degree - 1n) * root + value / root ** (degree - 1n)) / degree;
    if (next >= root) return root;
    root = next;
  }
}

/** A start from the leading digits: a number of `bits` bits keeps about 900 of them. */
function seed(value: bigint, n: number, bits: number): bigint {
  const shift = Math.ceil((bits - 900) / n);
  const head = Number(value >> BigInt(shift * n)) ** (1 / n) * (1 + 1e-12);
  return (BigInt(Math.ceil(head)) + 1n) << BigInt(shift);
}

/** Roots of longer numbers are not looked for. */
const LONGEST_RADICAND = 1 << 16;

/** The n-th root of a non-negative number, where it is whole and the number not too long to look for it. */
export function exactRoot(value: bigint, n: number): bigint | undefined {
  if (bitLength(value) > LONGEST_RADICAND) return undefined;
  const root = integerRoot(value, n);
  return root ** BigInt(n) === value ? root : undefined;
}

/**
 * value = outside^2 · inside, with no square left in `inside` up to the primes tried and a square remainder; undefined where that is not known
 * because what is left after the small primes may hold a square.
 */
export function squareFree(value: bigint): { outside: bigint; inside: bigint } | undefined {
  let [rest, outside, inside] = [value, 1n, 1n];
  for (let p = 2n; p <= TRIAL_LIMIT && p * p <= rest; p += p === 2n ? 1n : 2n) {
    let times = 0;
    while (rest % p === 0n) {
      rest /= p;
      times++;
    }
    outside *= p ** BigInt(times >> 1);
    if (times % 2 === 1) inside *= p;
  }
  const root = exactRoot(rest, 2);
  if (root !== undefined) return { outside: outside * root, inside };
  // Without a factor up to the limit, a square in the rest is p²q with p, q above it: then the rest is above its cube.
  return rest < TRIAL_LIMIT ** 3n ? { outside, inside: inside * rest } : undefined;
}
