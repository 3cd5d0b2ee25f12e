/** One prompt's outputs, whatever they are, with their rewards. */
export interface RewardedGroup<Outputs> {
  /** [G] */
  readonly rewards: ArrayLike<number>;
  readonly outputs: Outputs;
}

export interface DynamicSamplingOptions {
  /** How many groups an update is made of. */
  readonly groups: number;
  /** true: only groups that teach something are kept, and sampling goes on until there are enough, as in DAPO. false: the first ones, whatever their rewards. */
  readonly dynamic: boolean;
  /** After so many rounds the update is made of what there is; a policy that solves nearly all prompts, or nearly none, would sample for ever. */
  readonly mostRounds: number;
}

/** The groups of one update, and what they cost. */
export interface SampledGroups<Outputs> {
  /** At most as many as wanted, in the order of sampling. */
  readonly groups: readonly RewardedGroup<Outputs>[];
  readonly rounds: number;
  /** Groups sampled, those thrown away included. */
  readonly sampled: number;
  /** The share of the sampled groups that teach something. */
  readonly informativeShare: number;
}

/** Collects groups, round by round. */
export interface GroupCollector<Outputs> {
  /** Whether another round should be sampled. */
  readonly wantsMore: boolean;
  /** Adds the groups of a round; surplus ones are dropped. */
  add(round: readonly RewardedGroup<Outputs>[]): void;
  result(): SampledGroups<Outputs>;
}

/** Whether not all rewards are equal; if they are, every advantage is 0. */
export function isInformative(rewards: ArrayLike<number>): boolean {
  return Array.from(rewards).some((reward) => reward !== rewards[0]);
}

/**
 * Dynamic sampling: groups with equal rewards have no gradient, and a batch full of them is a small batch of noise. The collector says whether to go
 * on; sampling itself, at once or awaited, is the caller's:
 *
 *     const collector = collectGroups<Tokens>({ groups: 32, dynamic: true, mostRounds: 10 });
 *     while (collector.wantsMore) collector.add(sampleRound());
 *
 * A batch that is left with fewer groups is filled up with rows of weight 0, so that it keeps its shape.
 * @throws RangeError where `groups` or `mostRounds` is not a positive whole number
 * @see Yu et al. 2025, DAPO, arXiv:2503.14476, section 3.2
 */
export function collectGroups<Outputs>({
  groups: wanted,
  dynamic,
  mostRounds,
}: DynamicSamplingOptions): GroupCollector<Outputs> {
  for (const [name, value] of Object.entries({ groups: wanted, mostRounds })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`collectGroups: ${name} must be a positive whole number, not ${value}.`);
  }
  const kept: RewardedGroup<Outputs>[] = [];
  let [rounds, sampled, informative] = [0, 0, 0];
  return {
    get wantsMore() {
      return kept.length < wanted && rounds < mostRounds;
    },
    add(round) {
      const useful = round.filter(({ rewards }) => isInformative(rewards));
      kept.push(...(dynamic ? useful : round).slice(0, wanted - kept.length));
      rounds += 1;
      sampled += round.length;
      informative += useful.length;
    },
    result: () => ({
      groups: [...kept],
      rounds,
      sampled,
      informativeShare: sampled === 0 ? 0 : informative / sampled,
    }),
  };
}
