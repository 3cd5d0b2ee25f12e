import { mean, ranks } from "../../../experiment/statistics";

/** How well d = logit(yes) − logit(no) tells documents that answer from those that do not. One number a pair in every array. */
export interface Judgements {
  /** d of the clean prompts, whose answer is yes. */
  readonly clean: ArrayLike<number>;
  /** d of the corrupted prompts, whose answer is no. */
  readonly corrupted: ArrayLike<number>;
}

/** Share of right answers: d > 0 of clean, d < 0 of corrupted prompts. In [0, 1]. */
export function accuracy({ clean, corrupted }: Judgements): number {
  const right = [...Array.from(clean, (d) => d > 0), ...Array.from(corrupted, (d) => d < 0)];
  return mean(right.map(Number));
}

/** Share of pairs in which the clean prompt gets the greater d: free of a model's leaning to one answer. A tie counts half. */
export function orderAccuracy({ clean, corrupted }: Judgements): number {
  checkPairs({ clean, corrupted });
  return mean(Array.from(clean, (d, i) => (Math.sign(d - corrupted[i]) + 1) / 2));
}

/** d̄_clean − d̄_corrupted */
export function gap({ clean, corrupted }: Judgements): number {
  return mean(clean) - mean(corrupted);
}

/**
 * Area under the ROC curve: the probability that a positive has a greater score than a negative, a tie counting half.
 * @throws RangeError where one side is empty or a score is NaN
 */
export function areaUnderCurve(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length === 0 || negative.length === 0)
    throw new RangeError(
      `The AUC needs positives and negatives; got ${positive.length} and ${negative.length}.`,
    );
  const scores = [...Array.from(positive), ...Array.from(negative)];
  if (scores.some(Number.isNaN)) throw new RangeError("The AUC of scores with NaN is not defined.");
  // Mann and Whitney: U = Σ ranks of the positives − P (P + 1) / 2, AUC = U / (P N)
  const sum = ranks(scores)
    .subarray(0, positive.length)
    .reduce((total, rank) => total + rank, 0);
  return (sum - (positive.length * (positive.length + 1)) / 2) / (positive.length * negative.length);
}

/**
 * How much of the intact model's gap an ablated one keeps: gap_ablated / gap_full. 1: nothing is lost.
 * @throws RangeError where the intact model has no gap
 */
export function faithfulness(ablated: Judgements, full: Judgements): number {
  const whole = gap(full);
  if (whole === 0) throw new RangeError("The intact model has no gap: there is nothing to be faithful to.");
  return gap(ablated) / whole;
}

export interface PairFilter {
  /** Indices of the pairs kept, ascending. */
  readonly kept: readonly number[];
  /** Their share. */
  readonly share: number;
}

/** The pairs that the model tells apart: d_clean > d_corrupted + margin. @param margin  in logits, default 0.5 */
export function pairsToldApart({ clean, corrupted }: Judgements, margin = 0.5): PairFilter {
  checkPairs({ clean, corrupted });
  const kept = Array.from(clean, (_, i) => i).filter((i) => clean[i] > corrupted[i] + margin);
  return { kept, share: kept.length / clean.length };
}

function checkPairs({ clean, corrupted }: Judgements): void {
  if (clean.length !== corrupted.length || clean.length === 0)
    throw new RangeError(
      `Each pair needs a clean and a corrupted value; got ${clean.length} and ${corrupted.length}.`,
    );
}
