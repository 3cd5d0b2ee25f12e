import { cholesky } from "./cholesky";

/** P(label) = σ(w · x + b) */
export interface LogisticModel {
  /** w, [features] */
  readonly weights: Float64Array;
  /** b */
  readonly intercept: number;
}

/** w · x + b, above 0 where the label is the more probable. */
export function decision({ weights, intercept }: LogisticModel, row: ArrayLike<number>): number {
  let sum = intercept;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * row[i];
  return sum;
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * Logistic regression with an L2 penalty: minimises ½ ‖w‖² + C Σ log(1 + exp(−y (w · x + b))), y = ±1, the intercept free. Solved exactly, to the rounding of
 * float64, by Newton's method on the coefficients of the rows, w = Σ α_i x_i: what it costs goes with the number of rows, not of features, of which a model's
 * stream has more.
 * @param rows       [rows] of [features]
 * @param labels     one a row
 * @param strengths  C > 0: a model is fitted for each, from the one before; ascending is quickest
 * @returns a model for each strength
 * @throws RangeError where there are no rows, all have one label, or a strength is not positive
 * @throws Error where the iteration does not converge, as with features of very different sizes
 * @see T. Hastie, R. Tibshirani and J. Friedman, The Elements of Statistical Learning, 2009, section 4.4.1; C. Rasmussen and C. Williams, Gaussian Processes for Machine
 *   Learning, 2006, section 3.4, for the form that never divides by a vanishing weight
 */
export function fitLogistic(
  rows: readonly ArrayLike<number>[],
  labels: readonly boolean[],
  strengths: readonly number[],
): LogisticModel[] {
  if (rows.length !== labels.length || !labels.includes(true) || !labels.includes(false))
    throw new RangeError(
      `A regression needs rows of both labels; got ${rows.length} rows and ${labels.filter(Boolean).length} of ${labels.length} labels true.`,
    );
  for (const C of strengths)
    if (!(C > 0 && C < Number.POSITIVE_INFINITY))
      throw new RangeError(`The strength C must be a positive number, not ${C}.`);
  const gram = gramMatrix(rows);
  let state: Dual = {
    alpha: new Float64Array(rows.length),
    intercept: 0,
    decisions: new Float64Array(rows.length),
  };
  return strengths.map((C) => {
    state = solve(gram, labels, C, state);
    return { weights: weightedSum(rows, state.alpha), intercept: state.intercept };
  });
}

interface Dual {
  /** α, one a row */
  readonly alpha: Float64Array;
  readonly intercept: number;
  /** f = K α + b, one a row */
  readonly decisions: Float64Array;
}

const MOST_STEPS = 100;
const MOST_HALVINGS = 40;
/** Of α, relative to its bound C. */
const TOLERANCE = 1e-10;

/** @param gram  K, [n, n] */
function solve(gram: Float64Array, labels: readonly boolean[], C: number, start: Dual): Dual {
  let at = start;
  for (let step = 0; step < MOST_STEPS; step++) {
    // r = C (t − σ(f)): the minimum is where α = r and Σ α = 0.
    const probability = at.decisions.map((f) => 1 / (1 + Math.exp(-f)));
    const residual = probability.map((p, i) => C * (Number(labels[i]) - p));
    const worst = at.alpha.reduce((most, a, i) => Math.max(most, Math.abs(a - residual[i])), 0);
    if (worst <= TOLERANCE * C) return at;
    const next = newtonTarget(gram, C, at.decisions, probability, residual);
    at = downhill(gram, labels, C, at, next);
  }
  throw new Error(
    `The logistic regression with C = ${C} did not converge in ${MOST_STEPS} steps: standardise the features.`,
  );
}

/**
 * Where the stationary equations hold to first order: (I + W K) α + b W 1 = W f + r and Σ α = 0, W = C diag(σ(1 − σ)).
 * With B = I + W^½ K W^½, (I + W K)⁻¹ v = v − W^½ B⁻¹ W^½ K v.
 */
function newtonTarget(
  gram: Float64Array,
  C: number,
  decisions: Float64Array,
  probability: Float64Array,
  residual: Float64Array,
): { alpha: Float64Array; intercept: number } {
  const n = decisions.length;
  const root = probability.map((p) => Math.sqrt(C * p * (1 - p)));
  const B = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) B[i * n + j] = root[i] * gram[i * n + j] * root[j];
    B[i * n + i] += 1;
  }
  const factored = cholesky(B, n);
  const g = residual.map((r, i) => root[i] ** 2 * decisions[i] + r);
  const ofG = factored.solve(product(gram, g).map((x, i) => root[i] * x));
  const ofOnes = factored.solve(root); // (I + W K)⁻¹ W 1 = W^½ B⁻¹ W^½ 1
  const u = g.map((x, i) => x - root[i] * ofG[i]);
  const q = root.map((x, i) => x * ofOnes[i]);
  const sum = (values: Float64Array) => values.reduce((total, x) => total + x, 0);
  const intercept = sum(u) / sum(q);
  return { alpha: u.map((x, i) => x - intercept * q[i]), intercept };
}

/** Goes to the target, or as far towards it as the objective falls. */
function downhill(
  gram: Float64Array,
  labels: readonly boolean[],
  C: number,
  from: Dual,
  to: { alpha: Float64Array; intercept: number },
): Dual {
  const kernel = product(gram, to.alpha);
  const there = kernel.map((x) => x + to.intercept);
  const objective = ({ alpha, intercept, decisions }: Dual) =>
    decisions.reduce(
      // ½ αᵀ K α + C Σ log(1 + exp(−y f)), K α = f − b
      (sum, f, i) => sum + 0.5 * alpha[i] * (f - intercept) + C * softplus(labels[i] ? -f : f),
      0,
    );
  const before = objective(from);
  let share = 1;
  for (let halving = 0; halving < MOST_HALVINGS; halving++, share /= 2) {
    const mix = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + share * (b[i] - x));
    const candidate: Dual = {
      alpha: mix(from.alpha, to.alpha),
      intercept: from.intercept + share * (to.intercept - from.intercept),
      decisions: mix(from.decisions, there),
    };
    // At the minimum the two differ by rounding.
    if (objective(candidate) <= before + 1e-12 * Math.abs(before)) return candidate;
  }
  return from;
}

/** K = X Xᵀ, [n, n] */
function gramMatrix(rows: readonly ArrayLike<number>[]): Float64Array {
  const n = rows.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < rows[i].length; k++) sum += rows[i][k] * rows[j][k];
      gram[i * n + j] = sum;
      gram[j * n + i] = sum;
    }
  }
  return gram;
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j] * vector[j];
    return sum;
  });
}

/** Σ α_i x_i */
function weightedSum(rows: readonly ArrayLike<number>[], alpha: Float64Array): Float64Array {
  const sum = new Float64Array(rows[0].length);
  for (const [i, row] of rows.entries()) for (let k = 0; k < sum.length; k++) sum[k] += alpha[i] * row[k];
  return sum;
}
