/**
 * What each output is worth beside the others of its prompt: group-relative advantages. Rewards stand group after group, G of a prompt side by side.
 * They are few and come from rules outside of the graph, so this is plain JavaScript in double precision.
 */

/**
 * The divisor of a group's variance: `sample` G - 1, as `torch.std` has it and with it TRL and verl; `population` G. With G = 8 the first makes
 * advantages smaller by a factor of 0.935.
 */
export type Deviation = "sample" | "population";

export interface AdvantageOptions {
  /** ε, added to the standard deviation. Default 1e-4, as in TRL; verl has 1e-6. */
  readonly epsilon?: number;
  /** `group`: divided by the group's standard deviation; `none`: by nothing, as in Dr. GRPO, so that groups of small spread weigh less. Default `group`. */
  readonly scale?: "group" | "none";
  /** Default `sample`. */
  readonly deviation?: Deviation;
}

/** The rewards of one group. */
export interface GroupStatistics {
  readonly mean: number;
  /** Standard deviation; exactly 0 where all rewards are equal. */
  readonly deviation: number;
}

/**
 * A_g = (r_g - mean r) / (std r + ε), mean and standard deviation those of the group. Where all rewards of a group are equal all its advantages are
 * exactly 0: it teaches nothing.
 * @param rewards    [groups · G]
 * @param groupSize  G, at least 2: an output alone has nothing to be better than
 * @returns [groups · G]; `tf.tensor1d` takes it as Float32Array.from(..)
 * @throws RangeError for groups of one, rewards that do not fill them, or a reward that is no finite number
 * @see Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, section 4.1.2; `scale: "none"`: Liu et al. 2025, arXiv:2503.20783, section 3
 */
export function groupAdvantages(
  rewards: ArrayLike<number>,
  groupSize: number,
  { epsilon = 1e-4, scale = "group", deviation = "sample" }: AdvantageOptions = {},
): Float64Array {
  const groups = groupStatistics(rewards, groupSize, deviation);
  return Float64Array.from(rewards, (reward, index) => {
    const { mean, deviation: spread } = groups[Math.floor(index / groupSize)];
    if (spread === 0) return 0; // its mean may be off by a rounding error
    return scale === "none" ? reward - mean : (reward - mean) / (spread + epsilon);
  });
}

/** Mean and standard deviation of each group. Parameters and errors are those of `groupAdvantages`. */
export function groupStatistics(
  rewards: ArrayLike<number>,
  groupSize: number,
  deviation: Deviation = "sample",
): GroupStatistics[] {
  if (!Number.isInteger(groupSize) || groupSize < 2)
    throw new RangeError(
      `A group has at least 2 outputs, not ${groupSize}: they are compared with each other.`,
    );
  if (rewards.length % groupSize !== 0)
    throw new RangeError(`${rewards.length} rewards do not fill groups of ${groupSize}.`);
  return Array.from({ length: rewards.length / groupSize }, (_, group) => {
    const own = Array.from({ length: groupSize }, (_, g) => finite(rewards, group * groupSize + g));
    const mean = own.reduce((sum, reward) => sum + reward, 0) / groupSize;
    if (own.every((reward) => reward === own[0])) return { mean, deviation: 0 };
    const squares = own.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
    return { mean, deviation: Math.sqrt(squares / (deviation === "sample" ? groupSize - 1 : groupSize)) };
  });
}

function finite(rewards: ArrayLike<number>, index: number): number {
  const reward = rewards[index];
  if (!Number.isFinite(reward)) throw new RangeError(`Reward ${index} is ${reward}, not a finite number.`);
  return reward;
}
