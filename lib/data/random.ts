/**
 * A seeded generator of a fixed algorithm, for what runs in JavaScript: simulators, shuffles, bootstraps. The same
 * seed gives the same numbers on every machine and in every version of Node.
 *
 * xoshiro128** of Blackman and Vigna (2018), its 128-bit state filled by SplitMix32 from the seed and the stream.
 */
export interface Random {
  /** 32 random bits, an integer in [0, 2³²). */
  bits(): number;
  /** A float64 in [0, 1) with 53 random bits. */
  uniform(): number;
  /** An integer in [0, n), without modulo bias. */
  integer(n: number): number;
  /** An exponential variate with this mean, > 0. */
  exponential(mean: number): number;
  /** A normal variate of mean 0 and variance 1, by Box and Muller's transform of two uniform ones. */
  normal(): number;
  /** An index drawn from cumulative weights (ascending; the last entry is their sum). */
  categorical(cumulative: ArrayLike<number>): number;
  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T extends Int32Array | unknown[]>(values: T): T;
}

/**
 * @param seed     any integer
 * @param streams  integers that name independent streams of one seed, e.g. the epoch
 */
export function createRandom(seed: number, ...streams: number[]): Random {
  return fromState(expandSeed([seed, ...streams]));
}

/** The generator from its raw 128-bit state; not all words may be zero. */
export function fromState(state: readonly [number, number, number, number]): Random {
  let [s0, s1, s2, s3] = state;
  if ((s0 | s1 | s2 | s3) === 0)
    throw new Error("The state of xoshiro128** must not be zero in all four words.");

  function bits(): number {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  }

  function uniform(): number {
    const high = bits() >>> 5; // 27 bits
    const low = bits() >>> 6; // 26 bits
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  function integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new RangeError(`random.integer needs an integer in [1, 2³²]; got ${n}.`);
    }
    const limit = 0x100000000 - (0x100000000 % n); // draws beyond the last whole multiple of n would favour small values
    let draw = bits();
    while (draw >= limit) draw = bits();
    return draw % n;
  }

  function categorical(cumulative: ArrayLike<number>): number {
    const target = uniform() * cumulative[cumulative.length - 1];
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function shuffle<T extends Int32Array | unknown[]>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      const kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
    return values;
  }

  return {
    bits,
    uniform,
    integer,
    exponential: (mean) => -mean * Math.log1p(-uniform()),
    normal: () => Math.sqrt(-2 * Math.log1p(-uniform())) * Math.cos(2 * Math.PI * uniform()),
    categorical,
    shuffle,
  };
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** Four words from any list of integers: each integer is mixed in whole (53 bits), so that neighbouring seeds part at once. */
function expandSeed(parts: readonly number[]): [number, number, number, number] {
  let state = 0x9e3779b9;
  for (const part of parts) {
    if (!Number.isSafeInteger(part)) throw new RangeError(`A seed must be a safe integer; got ${part}.`);
    state = mix((state ^ (part | 0)) + 0x9e3779b9);
    state = mix((state ^ Math.floor(part / 0x100000000)) + 0x9e3779b9);
  }
  const words = [1, 2, 3, 4].map((k) => mix((state + Math.imul(k, 0x9e3779b9)) | 0));
  return [words[0], words[1], words[2], words[3] | 1];
}

/** The finaliser of SplitMix32 (MurmurHash3's, with better constants). */
function mix(x: number): number {
  let z = x | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
