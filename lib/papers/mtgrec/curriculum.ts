/**
 * How the influences of the stages so far add up:
 * - `average`: I~ = Σ_k η_k I^(k) / Σ_k η_k, η_k the learning rate at the end of stage k (the authors' code);
 * - `sum`: I~ = Σ_k η_k I^(k) (eq. 17).
 *
 * They differ by the factor Σ η, so that a temperature means something only together with one of them.
 */
export type Accumulation = "average" | "sum";

/** What a stage has measured. */
export interface StageInfluence {
  /** [n] */
  readonly influence: Float64Array;
  /** η at the stage's end. */
  readonly learningRate: number;
}

/**
 * I~, [n].
 * @param stages all so far, at least one
 * @throws Error where the rates of all stages are 0: then nothing tells how much each counts
 * @see MTGRec, eq. 17
 */
export function accumulatedInfluence(
  stages: readonly StageInfluence[],
  accumulation: Accumulation,
): Float64Array {
  const rates = stages.reduce((sum, { learningRate }) => sum + learningRate, 0);
  if (!(rates > 0))
    throw new Error("The learning rate was 0 at the end of every stage: influences have no weight.");
  const divisor = accumulation === "average" ? rates : 1;
  return stages[0].influence.map(
    (_, i) =>
      stages.reduce((sum, { influence, learningRate }) => sum + learningRate * influence[i], 0) / divisor,
  );
}

/**
 * The chances of the tokenizers, p_i ∝ exp(I~_i / τ).
 * @param temperature τ > 0: the larger, the more even
 * @see MTGRec, eq. 18
 */
export function tokenizerProbabilities(influence: Float64Array, temperature: number): Float64Array {
  if (!(temperature > 0)) throw new RangeError(`The temperature must be positive; got ${temperature}.`);
  const largest = influence.reduce((a, b) => Math.max(a, b)); // exp of large numbers overflows, of differences to the largest it does not
  const weights = influence.map((value) => Math.exp((value - largest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * A temperature on the scale of the influences: κ times their standard deviation over the tokenizers. Influences grow with the number of parameters,
 * and a temperature from one size of model says little at another.
 * @returns κ · std(I~); where all influences are equal any temperature gives the same, and it is 1
 */
export function relativeTemperature(influence: Float64Array, kappa: number): number {
  return kappa * deviation(influence) || 1;
}

/** Over all tokenizers: the divisor is n. */
export function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The sums of chances from the first on: what a draw compares a uniform number with. */
export function cumulated(probabilities: Float64Array): Float64Array {
  let sum = 0;
  return probabilities.map((probability) => {
    sum += probability;
    return sum;
  });
}
