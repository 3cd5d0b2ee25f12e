import { ranked } from "../statistics/ranking";

/** How few heads carry an effect. Negative effects, of heads that work against the answer, count as 0. */

/**
 * The part of the summed positive effects that the greatest have.
 * @param effects  one a head
 * @param share    of the heads, in (0, 1]; a fraction of a head does not count, but one head always does. Default 0.05
 * @returns in (0, 1]; about `share` where all heads do the same
 * @throws RangeError where no effect is positive, or the share is no share
 */
export function topShare(effects: ArrayLike<number>, share = 0.05): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`A share of heads is in (0, 1]; got ${share}.`);
  const positive = positiveParts(effects);
  const count = Math.max(1, Math.floor(share * positive.length));
  const top = ranked(positive).slice(0, count);
  return top.reduce((sum, head) => sum + positive[head], 0) / sumOf(positive);
}

/**
 * Gini's coefficient of the positive effects: G = 2 Σ i x_(i) / (n Σ x) − (n + 1) / n, x_(1) the smallest. 0 where all heads do the same, 1 − 1/n where one does all.
 * @param effects  one a head
 * @throws RangeError where no effect is positive
 */
export function gini(effects: ArrayLike<number>): number {
  const ascending = positiveParts(effects).sort();
  const n = ascending.length;
  const weighted = ascending.reduce((sum, x, i) => sum + (i + 1) * x, 0);
  return (2 * weighted) / (n * sumOf(ascending)) - (n + 1) / n;
}

function positiveParts(effects: ArrayLike<number>): Float64Array {
  const positive = Float64Array.from(effects, (effect) => Math.max(0, effect));
  if (!(sumOf(positive) > 0))
    throw new RangeError(`Of ${effects.length} effects none is positive: there is nothing to share.`);
  return positive;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0);
}
