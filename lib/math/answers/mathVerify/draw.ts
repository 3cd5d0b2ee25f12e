import type { Random } from "../../../data/random";

/** An answer with what is known about it: how else it may be written, and what it is easily taken for. */
export interface Drawn {
  readonly gold: string;
  /** Other forms of the same value. */
  readonly forms: readonly string[];
  /** Other values. */
  readonly others: readonly string[];
}

/** A kind of answers. */
export type Kind = (random: Random) => Drawn;

export function pick<T>(random: Random, options: readonly T[]): T {
  return options[random.integer(options.length)];
}

export const small = (random: Random) => 2 + random.integer(11);
const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
export const PRIMES = [2, 3, 5, 7, 11, 13];

/** n/d in lowest terms with d > 1. */
export function fraction(random: Random): [n: number, d: number] {
  for (;;) {
    const [n, d] = [1 + random.integer(60), small(random)];
    if (common(n, d) === 1) return [n, d];
  }
}
