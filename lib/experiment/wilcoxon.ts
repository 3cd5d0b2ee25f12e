import { ranks } from "./statistics";

export interface WilcoxonResult {
  /** Sum of the ranks of the positive differences, W⁺. */
  readonly statistic: number;
  /** Pairs that differ: the others say nothing. */
  readonly pairs: number;
  /** Two-sided. */
  readonly pValue: number;
  /** Whether the p-value is exact, or that of the normal approximation. */
  readonly exact: boolean;
}

/** Up to this many pairs all 2ⁿ signs are counted. */
const EXACT_UP_TO = 50;

/**
 * Wilcoxon's signed-rank test on matching values (users, problems, seeds): whether the differences lie evenly about 0. Pairs
 * without a difference are left out (Wilcoxon 1945). Exact up to 50 pairs, ties included; beyond that the normal approximation with
 * the variance corrected for ties.
 */
export function wilcoxonSignedRank(a: ArrayLike<number>, b: ArrayLike<number>): WilcoxonResult {
  if (a.length !== b.length || a.length === 0) {
    throw new Error(`Wilcoxon's test needs matching values; got ${a.length} and ${b.length}.`);
  }
  const differences = Array.from(a, (value, i) => value - b[i]).filter((difference) => difference !== 0);
  const pairs = differences.length;
  if (pairs === 0) return { statistic: 0, pairs, pValue: 1, exact: true };
  const ranked = ranks(differences.map(Math.abs));
  const statistic = ranked.reduce((sum, rank, i) => (differences[i] > 0 ? sum + rank : sum), 0);
  const exact = pairs <= EXACT_UP_TO;
  const pValue = exact ? exactPValue(ranked, statistic) : approximatePValue(ranked, statistic);
  return { statistic, pairs, pValue, exact };
}

/** Of all assignments of signs, the share whose sum of positive ranks is as extreme. Ranks with ties are halves: counted doubled. */
function exactPValue(ranked: Float64Array, statistic: number): number {
  const doubled = ranked.map((rank) => Math.round(2 * rank));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  // shares[s]: probability that the positive ranks sum to s
  let shares = new Float64Array(total + 1);
  shares[0] = 1;
  for (const rank of doubled) {
    shares = shares.map((share, sum) => (share + (sum >= rank ? shares[sum - rank] : 0)) / 2);
  }
  const observed = Math.round(2 * statistic);
  const sumOf = (part: Float64Array) => part.reduce((sum, share) => sum + share, 0);
  return Math.min(1, 2 * Math.min(sumOf(shares.subarray(0, observed + 1)), sumOf(shares.subarray(observed))));
}

/** W⁺ is about normal with mean Σr / 2 and variance Σr² / 4, over the ranks as they are, ties included. */
function approximatePValue(ranked: Float64Array, statistic: number): number {
  const mean = ranked.reduce((sum, rank) => sum + rank, 0) / 2;
  const variance = ranked.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  return complementaryError(Math.abs(statistic - mean) / Math.sqrt(2 * variance));
}

/**
 * erfc(x) for x ≥ 0: a continued fraction from 2 on, the series of erf below.
 * @see Abramowitz and Stegun, 7.1.5 and 7.1.14
 */
export function complementaryError(x: number): number {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
