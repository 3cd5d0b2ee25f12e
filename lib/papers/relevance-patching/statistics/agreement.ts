import { ranked } from "./ranking";

/** How far two orders of the same things agree: documents of an intact and an ablated model, heads of two prompts. For Spearman's ρ see `lib/experiment`. */

/**
 * Kendall's τ_b: (concordant − discordant pairs) / √((pairs not tied in x) (pairs not tied in y)). NaN where one side is constant.
 * @see M. G. Kendall, The Treatment of Ties in Ranking Problems, Biometrika 33(3), 1945
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  let [agreement, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [signX, signY] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      agreement += signX * signY;
      untiedX += signX * signX;
      untiedY += signY * signY;
    }
  }
  return agreement / Math.sqrt(untiedX * untiedY);
}

/**
 * Share of the k greatest of x that are among the k greatest of y. Ties keep the order of the list. By chance it is k / n.
 * @throws RangeError where k is not from 1 to n
 */
export function topOverlap(x: ArrayLike<number>, y: ArrayLike<number>, k: number): number {
  checkLengths(x, y);
  if (!(Number.isInteger(k) && k >= 1 && k <= x.length))
    throw new RangeError(`The first ${k} of ${x.length} cannot be compared: k goes from 1 to ${x.length}.`);
  const top = new Set(ranked(x).slice(0, k));
  return (
    ranked(y)
      .slice(0, k)
      .filter((i) => top.has(i)).length / k
  );
}

function checkLengths(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length || x.length < 2)
    throw new RangeError(`Two orders need the same things, two or more; got ${x.length} and ${y.length}.`);
}
