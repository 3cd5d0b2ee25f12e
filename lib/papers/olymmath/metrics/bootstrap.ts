import { createRandom, type Random } from "../../../data/random";
import { mean, quantile } from "../../../experiment/statistics";

/** A measure of a set with its uncertainty. */
export interface Estimate {
  readonly value: number;
  /** The ends of the interval. */
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** Coverage. Default 0.95. */
  readonly level?: number;
  /** Of the resampling. Default 0. */
  readonly seed?: number;
  /** Between which the measure lies by its nature. Default 0 and 1. */
  readonly bounds?: readonly [number, number];
}

/** A part of a mean: Σ parts / Σ weights. */
export interface Share {
  readonly part: number;
  readonly weight: number;
}

/** What one problem contributes. */
export interface Contribution extends Share {
  /** The same from as many samples, drawn anew from the problem's own with replacement. */
  redraw(random: Random): Share;
}

/**
 * Interval of Σ parts / Σ weights by a bootstrap of two levels: each resample draws problems with replacement, and of each problem drawn its samples with
 * replacement. The samples of a problem share its difficulty: to take them for independent would make the interval far too narrow.
 *
 *     [θ + q_low - m, θ + q_high - m]   θ the estimate, q the percentiles of the resamples, m their mean
 *
 * The shift matters where a measure is not linear in the samples: samples drawn with replacement repeat each other, which makes pass@k and votes of the
 * resamples worse than those of the samples, systematically.
 * @returns NaN for all where no problem has any weight
 * @see OlymMATH, uncertainty of the scores
 */
export function twoLevelBootstrap(
  contributions: readonly Contribution[],
  { resamples = 10_000, level = 0.95, seed = 0, bounds = [0, 1] }: BootstrapOptions = {},
): Estimate {
  const value = ratio(contributions);
  if (Number.isNaN(value)) return { value, low: value, high: value };
  const random = createRandom(seed);
  const drawn = Float64Array.from({ length: resamples }, () =>
    ratio(contributions.map(() => contributions[random.integer(contributions.length)].redraw(random))),
  )
    .filter((one) => !Number.isNaN(one)) // no problem of any weight was drawn
    .sort();
  const shift = value - mean(drawn);
  const [lowest, highest] = bounds;
  const end = (share: number) => Math.min(highest, Math.max(lowest, quantile(drawn, share) + shift));
  const tail = (1 - level) / 2;
  return { value, low: end(tail), high: end(1 - tail) };
}

function ratio(shares: readonly Share[]): number {
  let [part, weight] = [0, 0];
  for (const share of shares) {
    part += share.part;
    weight += share.weight;
  }
  return part / weight;
}

/** A contribution that is a function of how many of the samples have a property: redrawn, their number is binomial. */
export function countContribution(
  samples: number,
  count: number,
  of: (count: number) => Share,
): Contribution {
  const shares = Array.from({ length: samples + 1 }, (_, k) => of(k));
  const cumulative = binomialCumulative(samples, count / samples);
  return { ...shares[count], redraw: (random) => shares[random.categorical(cumulative)] };
}

/** A contribution that is a function of which samples there are. */
export function placesContribution(samples: number, of: (places: Int32Array) => Share): Contribution {
  const places = Int32Array.from({ length: samples }, (_, k) => k);
  const whole = of(places);
  return {
    ...whole,
    redraw(random) {
      for (let k = 0; k < samples; k++) places[k] = random.integer(samples);
      return of(places);
    },
  };
}

/** A contribution that is known but for which problems there are. */
export function fixedContribution(share: Share): Contribution {
  return { ...share, redraw: () => share };
}

/** P(X ≤ k) of X ~ Binomial(n, p), k = 0 .. n. */
function binomialCumulative(n: number, p: number): Float64Array {
  const cumulative = new Float64Array(n + 1);
  let sum = 0;
  let ways = 1; // C(n, k)
  for (let k = 0; k <= n; k++) {
    sum += ways * p ** k * (1 - p) ** (n - k);
    cumulative[k] = sum;
    ways *= (n - k) / (k + 1);
  }
  return cumulative;
}
