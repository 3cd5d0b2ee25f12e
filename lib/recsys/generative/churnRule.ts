import { churnAtGap } from "./codeStatistics";
import type { Snapshot } from "./rqVaeTraining";

export interface ChurnRuleOptions {
  /** n, tokenizers to take. */
  readonly count: number;
  /** Share of the items that neighbours should write differently in some code. */
  readonly target: number;
}

/**
 * n tokenizers out of the records of one training: the last one and, before it, every g-th, with the g for which the codes of neighbours differ in
 * a share of the items that is nearest to the target. Tokenizers too alike teach nothing new, and too different ones contradict each other; how many
 * steps lie between depends on data, size and rate, while the share does not.
 * @param records in the order of the training, the same number of steps apart
 * @returns n of the records, the last one last
 * @throws Error where there are fewer records than tokenizers
 * @see MTGRec, table 5, whose neighbours are epochs and differ in 9 to 14% of the items
 */
export function spacedSnapshots(
  records: readonly Snapshot[],
  { count, target }: ChurnRuleOptions,
): Snapshot[] {
  if (count < 1 || records.length < count)
    throw new Error(`${count} tokenizers cannot be taken from ${records.length} records.`);
  if (count === 1) return records.slice(-1);
  const every = (gap: number) =>
    Array.from({ length: count }, (_, k) => records[records.length - 1 - (count - 1 - k) * gap]);
  const widest = Math.floor((records.length - 1) / (count - 1));
  let [best, bestMiss] = [every(1), Number.POSITIVE_INFINITY];
  for (let gap = 1; gap <= widest; gap++) {
    const chosen = every(gap);
    const { any } = churnAtGap(
      chosen.map(({ codes }) => codes),
      1,
    );
    const miss = Math.abs(any - target);
    if (miss < bestMiss) [best, bestMiss] = [chosen, miss];
  }
  return best;
}
