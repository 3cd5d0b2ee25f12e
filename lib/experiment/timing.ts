/** How long pieces of work take beside each other, on a machine that does other things too. */

export interface Timing {
  readonly subject: string;
  /** Milliseconds a run: the median over the rounds, and the quartiles about it. */
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  /** How many times as fast as the first subject: the median over the rounds, in each of which both ran. */
  readonly speedup: number;
}

export interface TimingOptions {
  /** Rounds, in each of which every subject takes its turn. Default 15. */
  readonly rounds?: number;
  /** Runs a turn, between two readings of the clock. Default 5. */
  readonly runs?: number;
  /** Runs before the clock counts: tracing, compiling and cold caches are not what a run costs. Default 3. */
  readonly warmUp?: number;
  /** Milliseconds since any fixed moment. */
  readonly clock?: () => number;
}

/**
 * Times pieces of work in turn, round after round, so that what slows the machine down slows them all, and tells medians, which a
 * pause of one run does not move.
 * @param subjects  each does its work to the end: it has read its result back when it returns
 */
export function compareTimes(
  subjects: Readonly<Record<string, () => void>>,
  { rounds = 15, runs = 5, warmUp = 3, clock = () => performance.now() }: TimingOptions = {},
): Timing[] {
  const entries = Object.entries(subjects);
  if (entries.length === 0) throw new Error("compareTimes: there is nothing to time.");
  if (!(rounds >= 1 && runs >= 1)) {
    throw new RangeError(`compareTimes: needs at least one round and one run; got ${rounds} and ${runs}.`);
  }
  const repeat = (work: () => void, times: number) => {
    for (let i = 0; i < times; i++) work();
  };
  const times = entries.map((): number[] => []);
  for (const [, work] of entries) repeat(work, warmUp);
  for (let round = 0; round < rounds; round++) {
    entries.forEach(([, work], index) => {
      const start = clock();
      repeat(work, runs);
      times[index].push((clock() - start) / runs);
    });
  }
  return entries.map(([subject], index) => ({
    subject,
    median: quantile(times[index], 0.5),
    lower: quantile(times[index], 0.25),
    upper: quantile(times[index], 0.75),
    speedup: quantile(
      times[index].map((time, round) => times[0][round] / time),
      0.5,
    ),
  }));
}

/** Linear interpolation between order statistics (R's type 7). */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
