import { spearman } from "../../../experiment/statistics";

/** Scores of models on another benchmark and on this one, in the same unit. */
export interface BenchmarkLine {
  readonly slope: number;
  readonly intercept: number;
  readonly pearson: number;
  readonly spearman: number;
}

/**
 * The least-squares line y = intercept + slope · x over models, and how close they come to it.
 * @param x  of each model, on the other benchmark
 * @param y  on this one
 * @throws RangeError for fewer than 3 models, or where x is the same for all
 * @see OlymMATH, comparison with AIME24
 */
export function benchmarkLine(x: readonly number[], y: readonly number[]): BenchmarkLine {
  if (x.length !== y.length || x.length < 3)
    throw new RangeError(`A line needs three models or more; got ${x.length} and ${y.length} scores.`);
  const [meanX, meanY] = [x, y].map((values) => values.reduce((a, b) => a + b, 0) / values.length);
  let [xx, xy, yy] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    xx += (value - meanX) ** 2;
    xy += (value - meanX) * (y[i] - meanY);
    yy += (y[i] - meanY) ** 2;
  }
  if (xx === 0)
    throw new RangeError("All models have the same score on the other benchmark: there is no line.");
  const slope = xy / xx; // Σ (x - x̄)(y - ȳ) / Σ (x - x̄)²
  return {
    slope,
    intercept: meanY - slope * meanX,
    pearson: xy / Math.sqrt(xx * yy),
    spearman: spearman(x, y),
  };
}

/** Those that the authors compare with AIME24. */
export const BENCHMARK_SETS = ["EN-EASY", "EN-HARD"] as const;
type BenchmarkSet = (typeof BENCHMARK_SETS)[number];

/** A model's Pass@1 in percent, here and there; what it has not been asked is absent. */
export interface BenchmarkScores extends Readonly<Partial<Record<BenchmarkSet, number>>> {
  readonly model: string;
  readonly AIME24: number;
}

/** The line of a tier, over the models that have a score of it. @throws as `benchmarkLine` */
export function tierLine(
  models: readonly BenchmarkScores[],
  set: BenchmarkSet,
): BenchmarkLine & { readonly models: number } {
  const scored = models.flatMap(({ AIME24, [set]: score }) =>
    score === undefined ? [] : [{ AIME24, score }],
  );
  const line = benchmarkLine(
    scored.map(({ AIME24 }) => AIME24),
    scored.map(({ score }) => score),
  );
  return { models: scored.length, ...line };
}
