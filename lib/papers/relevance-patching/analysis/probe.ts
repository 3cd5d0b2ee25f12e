import { createRandom } from "../../../data/random";
import { mean } from "../../../experiment/statistics";
import { areaUnderCurve } from "../statistics/judgement";
import { decision, fitLogistic, type LogisticModel, softplus } from "./logisticRegression";

/** What a probe reads, and what it shall find there. */
export interface ProbeRows {
  /** [rows] of [features] */
  readonly features: readonly ArrayLike<number>[];
  /** Whether the document is relevant. */
  readonly relevant: readonly boolean[];
  /** The query that a row belongs to: rows of one query are never in two parts of a split. */
  readonly queries: readonly number[];
}

export interface ProbeOptions {
  /** Parts that the queries are dealt into; each is tested once. Default 5, at least 3. */
  readonly folds?: number;
  /** C, from which the probe chooses; default 10⁻⁴ to 10 by tens. Small: a strong penalty. */
  readonly strengths?: readonly number[];
  /** Of the split. Default 0. */
  readonly seed?: number;
}

/** How well a linear probe tells relevant documents from others. */
export interface ProbeResult {
  /** On queries that it has not seen: the mean of the folds. */
  readonly auc: number;
  /** [folds] */
  readonly foldAucs: Float64Array;
  /** [folds], the chosen C */
  readonly strengths: readonly number[];
}

const STRENGTHS = [1e-4, 1e-3, 1e-2, 0.1, 1, 10];

/**
 * A linear probe, cross-validated by query: for each fold, C is the one with the least loss on the next fold of a probe fitted to the others; a probe fitted with it to all
 * but the fold is then tested on it. Features are standardised by the rows that a probe is fitted to.
 * @throws RangeError where there are fewer queries than folds, or a fold has rows of one label only
 * @see G. Alain and Y. Bengio, Understanding intermediate layers using linear classifier probes, 2016, arXiv:1610.01644
 */
export function probe(
  rows: ProbeRows,
  { folds = 5, strengths = STRENGTHS, seed = 0 }: ProbeOptions = {},
): ProbeResult {
  const parts = foldsByQuery(rows, folds, seed);
  const results = parts.map((test, fold) => {
    const next = (fold + 1) % folds;
    const others = parts.flatMap((part, i) => (i === fold || i === next ? [] : part));
    const losses = fitted(rows, others, strengths).map((score) => meanLoss(rows, parts[next], score));
    const strength = strengths[losses.indexOf(Math.min(...losses))];
    const [score] = fitted(rows, [...others, ...parts[next]], [strength]);
    const scores = (label: boolean) => test.filter((row) => rows.relevant[row] === label).map(score);
    return { auc: areaUnderCurve(scores(true), scores(false)), strength };
  });
  const foldAucs = Float64Array.from(results, ({ auc }) => auc);
  return { auc: mean(foldAucs), foldAucs, strengths: results.map(({ strength }) => strength) };
}

/**
 * The same rows with their labels in another order: what a probe finds there it owes to its freedom, not to the features.
 * @param seed  of the order
 */
export function shuffledLabels(rows: ProbeRows, seed: number): ProbeRows {
  return { ...rows, relevant: createRandom(seed).shuffle([...rows.relevant]) };
}

/** Row indices of each fold: queries in an order drawn at random are dealt out in turn. */
function foldsByQuery({ features, relevant, queries }: ProbeRows, folds: number, seed: number): number[][] {
  if (features.length !== relevant.length || features.length !== queries.length)
    throw new RangeError(
      `Each row needs features, a label and a query; got ${features.length}, ${relevant.length} and ${queries.length}.`,
    );
  const distinct = createRandom(seed).shuffle([...new Set(queries)]);
  if (!(Number.isInteger(folds) && folds >= 3 && folds <= distinct.length))
    throw new RangeError(
      `There must be 3 folds or more (one to test, one to choose C, the rest to fit), and no more than queries; got ${folds} for ${distinct.length} queries.`,
    );
  const foldOf = new Map(distinct.map((query, place) => [query, place % folds]));
  const parts = Array.from({ length: folds }, (_, fold) =>
    Array.from(queries, (_, row) => row).filter((row) => foldOf.get(queries[row]) === fold),
  );
  for (const [fold, part] of parts.entries())
    if (new Set(part.map((row) => relevant[row])).size < 2)
      throw new RangeError(
        `Fold ${fold} has ${part.length} rows of one label: take more queries or fewer folds.`,
      );
  return parts;
}

/** For each strength, the decision of a probe fitted to some rows, as a function of any row. */
function fitted(
  { features, relevant }: ProbeRows,
  chosen: readonly number[],
  strengths: readonly number[],
): ((row: number) => number)[] {
  const standardize = standardizer(chosen.map((row) => features[row]));
  const standardized = chosen.map((row) => standardize(features[row]));
  const models = fitLogistic(
    standardized,
    chosen.map((row) => relevant[row]),
    strengths,
  );
  return models.map((model: LogisticModel) => (row) => decision(model, standardize(features[row])));
}

/** (x − mean) / deviation, feature by feature; a feature that is constant in these rows becomes 0 there. */
function standardizer(rows: readonly ArrayLike<number>[]): (row: ArrayLike<number>) => Float64Array {
  const count = rows[0].length;
  const means = new Float64Array(count);
  const squares = new Float64Array(count);
  for (const row of rows) for (let k = 0; k < count; k++) means[k] += row[k] / rows.length;
  for (const row of rows)
    for (let k = 0; k < count; k++) squares[k] += (row[k] - means[k]) ** 2 / rows.length;
  // Rounding alone makes a constant feature vary by parts of its size.
  const scale = squares.map((square, k) =>
    Math.sqrt(square) > 1e-9 * Math.abs(means[k]) ? Math.sqrt(square) : 1,
  );
  return (row) => Float64Array.from(row, (x, k) => (x - means[k]) / scale[k]);
}

/** Mean of −log P(label). */
function meanLoss({ relevant }: ProbeRows, rows: readonly number[], score: (row: number) => number): number {
  return mean(rows.map((row) => softplus(relevant[row] ? -score(row) : score(row))));
}
