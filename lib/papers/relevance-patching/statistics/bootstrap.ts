import { createRandom } from "../../../data/random";
import { quantile } from "../../../experiment/statistics";

export interface BootstrapOptions {
  /** Default 1,000. */
  readonly resamples?: number;
  /** Coverage of the interval. Default 0.95. */
  readonly level?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface Estimate {
  /** Of the sample itself. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * Percentile bootstrap interval of any statistic of a sample: the mean of an effect, the AUC, the faithfulness of a circuit. What belongs together, the runs of a
 * pair, say, is drawn together: the statistic gets indices of units.
 * @param count      units to draw from, with replacement
 * @param statistic  of the units of these indices; never NaN
 * @throws RangeError where there are no units or the statistic is NaN
 * @see B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. For a difference of two models see `pairedBootstrap` of `lib/experiment`
 */
export function bootstrapInterval(
  count: number,
  statistic: (indices: Int32Array) => number,
  { resamples = 1000, level = 0.95, seed = 0 }: BootstrapOptions = {},
): Estimate {
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`A bootstrap needs at least one unit to draw from; got ${count}.`);
  function checked(indices: Int32Array, what: string): number {
    const value = statistic(indices);
    if (Number.isNaN(value)) throw new RangeError(`The statistic of ${what} is NaN: it has no interval.`);
    return value;
  }
  const value = checked(
    Int32Array.from({ length: count }, (_, i) => i),
    "the sample",
  );
  const random = createRandom(seed);
  const drawn = Float64Array.from({ length: resamples }, (_, r) =>
    checked(
      Int32Array.from({ length: count }, () => random.integer(count)),
      `resample ${r + 1}`,
    ),
  ).sort();
  const tail = (1 - level) / 2;
  return { value, low: quantile(drawn, tail), high: quantile(drawn, 1 - tail), level };
}
