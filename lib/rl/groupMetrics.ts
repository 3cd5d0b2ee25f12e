import { type Deviation, groupStatistics } from "./advantages";

export interface GroupMetrics {
  /** Of all rewards. */
  readonly mean: number;
  /** The mean over groups of their standard deviations: what there is to learn from. */
  readonly deviation: number;
  /** The share of groups whose rewards are all equal, whose advantages are 0. */
  readonly equalShare: number;
}

/**
 * What to log of a batch's rewards. Parameters and errors are those of `groupAdvantages`.
 * @throws RangeError where there is no group, too
 */
export function groupMetrics(
  rewards: ArrayLike<number>,
  groupSize: number,
  deviation?: Deviation,
): GroupMetrics {
  const groups = groupStatistics(rewards, groupSize, deviation);
  if (groups.length === 0) throw new RangeError("There are no rewards to measure.");
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: mean(groups.map((group) => group.mean)),
    deviation: mean(groups.map((group) => group.deviation)),
    equalShare: mean(groups.map((group) => (group.deviation === 0 ? 1 : 0))),
  };
}
