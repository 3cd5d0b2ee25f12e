import type { Random } from "../../../data/random";
import type { Field, Language, Tier } from "../problems/problem";

/** A wrong value that a known bad shortcut gives. */
export interface Trap {
  /** What the shortcut does, in a few words. */
  readonly name: string;
  /** LaTeX without `$`, as an answer is. */
  readonly value: string;
}

/** A problem in both languages, and what is known about it. */
export interface Posed {
  /** Both hold the same formulas between `$`. */
  readonly text: Readonly<Record<Language, string>>;
  /** The derivation, formulas only: it reads the same in both languages. */
  readonly work: string;
  /** LaTeX without `$`: a real number or an interval, in the form of the official files. */
  readonly answer: string;
  readonly traps: readonly Trap[];
}

/**
 * One idea of a problem. What is drawn and what is said about it are apart, so that another solver can work from the parameters alone.
 * @see OlymMATH (arXiv 2503.21380): fields, tiers, answers that are one number or one interval
 */
export interface Family<P = unknown> {
  /** Lower case with hyphens. */
  readonly name: string;
  readonly field: Field;
  /** How often it is drawn beside the others of its field, so that the shapes of answers are near the official ones. Default 1. */
  readonly weight?: number;
  draw(random: Random, tier: Tier): P;
  /** A pure function of the parameters. */
  pose(parameters: P): Posed;
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)];
}

/** Draws until one is accepted. @throws Error after 10,000 draws: there is none, or nearly none */
export function drawUntil<T>(draw: () => T, isGood: (drawn: T) => boolean): T {
  for (let tries = 0; tries < 10_000; tries++) {
    const drawn = draw();
    if (isGood(drawn)) return drawn;
  }
  throw new Error("None of 10,000 draws was accepted: the conditions leave nothing to draw.");
}

/** The greatest common divisor of whole numbers that are not both 0. */
export function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

/** Subsets of k out of n; exact below 2⁵³. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let j = 1; j <= k; j++) ways = (ways * (n - k + j)) / j;
  return ways;
}
