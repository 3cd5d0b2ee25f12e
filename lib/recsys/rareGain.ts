import { groupBootstrap, type Interval, mean, type SeededValues } from "../experiment/statistics";
import { popularityGroups } from "./popularityGroups";
import type { SequentialDataset } from "./sequences";

const GROUPS = 3;

/**
 * The relative gain of one recommender over another on the test users with the rarest targets, minus that on all other test users.
 * @param better  [seeds][users] of a metric
 * @param worse   [seeds][users], whose mean over a group is what its gain is a share of
 * @returns undefined where the worse one finds no target of one of the groups
 */
export function rareGain(
  data: SequentialDataset,
  better: SeededValues,
  worse: SeededValues,
): Interval | undefined {
  const [rare, ...others] = popularityGroups(data, GROUPS);
  const rest = Int32Array.from(others.flatMap(({ users }) => [...users]));
  const base = (users: Int32Array) => mean(at(worse, users).map(mean));
  if ([rare.users, rest].some((users) => base(users) === 0)) return undefined;
  const gains = (users: Int32Array) => {
    const [ours, theirs] = [at(better, users), at(worse, users)];
    const share = base(users); // what the gains are shares of is held fixed
    return ours.map((row, seed) => row.map((value, i) => (value - theirs[seed][i]) / share));
  };
  return groupBootstrap(gains(rare.users), gains(rest));
}

function at(values: SeededValues, positions: Int32Array): Float64Array[] {
  return values.map((row) => Float64Array.from(positions, (position) => row[position]));
}
