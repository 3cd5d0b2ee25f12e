import ttest from "@stdlib/stats-ttest";
import { createRandom } from "../data/random";

export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new Error("The mean of no values is not defined.");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample standard deviation (divisor n - 1); NaN for one value. */
export function standardDeviation(values: ArrayLike<number>): number {
  const center = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - center) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** Per-user values of one model: [seeds][users], the users in the same order for every seed and every model compared. */
export type SeededValues = readonly ArrayLike<number>[];

export interface BootstrapOptions {
  /** Default 10,000. */
  resamples?: number;
  /** Coverage of the interval. Default 0.95. */
  level?: number;
  /** Seed of the resampling. Default 0. */
  seed?: number;
  /**
   * "independent": each model's seeds are drawn on their own (different architectures: equal seeds have nothing in common; the
   * numbers of seeds may differ). "paired": one draw serves both (variants of one model from the same initial weights). Default "independent".
   */
  seeds?: "independent" | "paired";
}

export interface Interval {
  /** Mean of a minus mean of b. */
  difference: number;
  low: number;
  high: number;
  level: number;
  /** Two-sided: twice the share of resamples on the rarer side of 0. Never 0: R resamples cannot tell less than 1 in R + 1. */
  pValue: number;
}

/**
 * Percentile bootstrap interval for the difference of two models' means, over users and seeds: every resample draws users with
 * replacement (the same for both models: paired) and training seeds with replacement. With S seeds the spread between
 * seeds is understated by the factor (S - 1) / S, as in any bootstrap of few units: use three or more.
 */
export function pairedBootstrap(a: SeededValues, b: SeededValues, options: BootstrapOptions = {}): Interval {
  const { resamples = 10_000, level = 0.95, seed = 0, seeds = "independent" } = options;
  const users = checkShapes(a, b, seeds);
  const random = createRandom(seed);
  const drawnUsers = new Int32Array(users);
  const differences = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let k = 0; k < users; k++) drawnUsers[k] = random.integer(users);
    const seedsOfA = Array.from(a, () => random.integer(a.length));
    const seedsOfB = seeds === "paired" ? seedsOfA : Array.from(b, () => random.integer(b.length));
    differences[r] = resampledMean(a, seedsOfA, drawnUsers) - resampledMean(b, seedsOfB, drawnUsers);
  }
  return percentileInterval(differences, mean(a.map(mean)) - mean(b.map(mean)), level);
}

/**
 * Percentile bootstrap interval for the difference of the means of two groups of users under the same runs (early and late test
 * cases, say): every resample draws training seeds, the same for both groups, and users of each group on their own.
 * @param a  [seeds][users of one group]
 * @param b  [seeds][users of the other], the seeds in the same order
 */
export function groupBootstrap(
  a: SeededValues,
  b: SeededValues,
  { resamples = 10_000, level = 0.95, seed = 0 }: Omit<BootstrapOptions, "seeds"> = {},
): Interval {
  if (a.length !== b.length || a.length === 0) {
    throw new Error(`Both groups need the values of the same seeds; got ${a.length} and ${b.length}.`);
  }
  const random = createRandom(seed);
  const draw = (count: number) => Int32Array.from({ length: count }, () => random.integer(count));
  const differences = Float64Array.from({ length: resamples }, () => {
    const seeds = Array.from(a, () => random.integer(a.length));
    return resampledMean(a, seeds, draw(a[0].length)) - resampledMean(b, seeds, draw(b[0].length));
  });
  return percentileInterval(differences, mean(a.map(mean)) - mean(b.map(mean)), level);
}

export interface StatisticBootstrapOptions extends Omit<BootstrapOptions, "seeds"> {
  /** Whether all seeds have the same units, such as the problems of one set: then one draw of them serves every seed. Default false. */
  sharedUnits?: boolean;
}

/**
 * Percentile bootstrap interval of a statistic of one sample a seed: every resample draws seeds with replacement, and of each of them units with replacement.
 * @param counts     units of each seed's sample
 * @param statistic  of the units of a seed that were drawn; its value is the mean over the seeds
 * @throws RangeError where units are shared and their numbers differ
 */
export function statisticBootstrap(
  counts: readonly number[],
  statistic: (seed: number, units: Int32Array) => number,
  { resamples = 2000, level = 0.95, seed = 0, sharedUnits = false }: StatisticBootstrapOptions = {},
): Interval {
  if (sharedUnits && counts.some((count) => count !== counts[0]))
    throw new RangeError(`Seeds that share their units have as many; got ${counts.join(", ")}.`);
  const random = createRandom(seed);
  const draw = (count: number) => Int32Array.from({ length: count }, () => random.integer(count));
  const drawn = Float64Array.from({ length: resamples }, () => {
    const shared = sharedUnits ? draw(counts[0]) : undefined;
    return mean(
      counts.map(() => {
        const of = random.integer(counts.length);
        return statistic(of, shared ?? draw(counts[of]));
      }),
    );
  });
  const whole = counts.map((count, of) =>
    statistic(
      of,
      Int32Array.from({ length: count }, (_, unit) => unit),
    ),
  );
  return percentileInterval(drawn, mean(whole), level);
}

function percentileInterval(resampled: Float64Array, difference: number, level: number): Interval {
  resampled.sort();
  const tail = (1 - level) / 2;
  const share = (side: (value: number) => boolean) =>
    (resampled.filter(side).length + 1) / (resampled.length + 1);
  const pValue = Math.min(
    1,
    2 *
      Math.min(
        share((value) => value <= 0),
        share((value) => value >= 0),
      ),
  );
  return { difference, low: quantile(resampled, tail), high: quantile(resampled, 1 - tail), level, pValue };
}

export interface TTestResult {
  /** Mean of a - b. */
  difference: number;
  statistic: number;
  degreesOfFreedom: number;
  /** Two-sided. */
  pValue: number;
  /** 95% interval of the mean difference. */
  low: number;
  high: number;
}

/** Student's paired t-test on matching values (users, or seeds). At least two pairs. */
export function pairedTTest(a: ArrayLike<number>, b: ArrayLike<number>): TTestResult {
  if (a.length !== b.length || a.length < 2) {
    throw new Error(`A paired t-test needs at least two pairs; got ${a.length} and ${b.length} values.`);
  }
  const differences = Array.from(a, (value, i) => value - b[i]);
  if (standardDeviation(differences) === 0) {
    // No spread: the statistic is infinite, or undefined where the difference is 0 as well.
    const difference = differences[0];
    const statistic = difference === 0 ? 0 : Math.sign(difference) * Number.POSITIVE_INFINITY;
    const pValue = difference === 0 ? 1 : 0;
    return {
      difference,
      statistic,
      degreesOfFreedom: a.length - 1,
      pValue,
      low: difference,
      high: difference,
    };
  }
  const { mean: difference, statistic, df, pValue, ci } = ttest(Array.from(a), Array.from(b));
  return { difference, statistic, degreesOfFreedom: df, pValue, low: ci[0], high: ci[1] };
}

/** Spearman's rank correlation; ties get the mean of their ranks. NaN where one side is constant. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) {
    throw new Error(`A correlation needs at least two pairs; got ${x.length} and ${y.length} values.`);
  }
  return pearson(ranks(x), ranks(y));
}

/** Ranks from 1, ascending; ties get the mean of the ranks they take. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Int32Array.from(values as ArrayLike<number>, (_, i) => i).sort(
    (i, j) => values[i] - values[j],
  );
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let k = start; k < end; k++) result[order[k]] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

function pearson(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - meanX) * (y[i] - meanY);
    xx += (x[i] - meanX) ** 2;
    yy += (y[i] - meanY) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

function checkShapes(a: SeededValues, b: SeededValues, seeds: "independent" | "paired"): number {
  if (a.length === 0 || b.length === 0) throw new Error("Each model needs the values of at least one seed.");
  const users = a[0].length;
  for (const values of [...a, ...b]) {
    if (values.length !== users || users === 0) {
      throw new Error(`Every seed must have values of the same users; got ${users} and ${values.length}.`);
    }
  }
  if (seeds === "paired" && a.length !== b.length) {
    throw new Error(`Paired seeds need as many of each model; got ${a.length} and ${b.length}.`);
  }
  return users;
}

function resampledMean(values: SeededValues, seeds: readonly number[], users: Int32Array): number {
  let sum = 0;
  for (const seed of seeds) {
    const row = values[seed];
    for (let k = 0; k < users.length; k++) sum += row[users[k]];
  }
  return sum / (seeds.length * users.length);
}

/** Linear interpolation between order statistics (R's type 7). */
export function quantile(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
