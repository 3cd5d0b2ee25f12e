import { type Interactions, interactionsBuilder } from "../interactions";
import { createRandom, type Random } from "../random";

const SECONDS_A_DAY = 86_400;

/** The planted truth of the simulator. Every value can be overridden. */
export interface InterestShiftParameters {
  /** All randomness comes from it. */
  seed: number;
  /** Number of users. Default 1,500. */
  users: number;
  /** Fewest and most events a user; uniform between. Default 20 and 40: about 80 days, so that test targets lie on both sides of the drift. */
  minEvents: number;
  maxEvents: number;
  /** Interests; a user has one at a time. Default 10. */
  clusters: number;
  /** Items of each interest. Default 40. */
  itemsPerCluster: number;
  /** Popularity inside a cluster: P(k-th item) ∝ k^-exponent. Default 0.8. */
  zipfExponent: number;
  /** Users arrive after an exponential time of this mean, in days. Default 60. */
  meanStartDays: number;
  /** Chance that a gap is long. Default 0.25. With `itemGaps` the two below take its place. */
  longGapProbability: number;
  /** Long gaps last this many days plus an exponential time of mean `longGapMeanDays`. Defaults 3 and 7. */
  longGapMinDays: number;
  longGapMeanDays: number;
  /** Short gaps are exponential with this mean, in days. Default 0.05 (72 minutes). */
  shortGapMeanDays: number;
  /** Chance that the interest moves to its successor over a long gap. Default 0.85. */
  longShiftProbability: number;
  /** Chance that it moves to a random other cluster over a short gap. Default 0.02. */
  shortShiftProbability: number;
  /** While the interest stays: chance that the next item is a fixed function of the last. Default 0.5. */
  markovProbability: number;
  /** The successor of cluster z is z + 1 before this day and z + 2 from it on (modulo the number of clusters). Default 120. */
  driftDay: number;
  /**
   * The second variant: gaps go with items. The first half of the clusters are slow: a gap that starts in one is long with chance
   * `slowLongGapProbability`, elsewhere with `fastLongGapProbability`. Since neighbours in the ring of clusters are mostly of one kind,
   * items of slow clusters mostly follow (and precede) long gaps; a model that sees items alone can then learn about gaps. Default false.
   */
  itemGaps: boolean;
  /** Default 0.7. */
  slowLongGapProbability: number;
  /** Default 0.16: overall about a quarter of the gaps stay long. */
  fastLongGapProbability: number;
}

export const INTEREST_SHIFT_DEFAULTS: InterestShiftParameters = {
  seed: 1,
  users: 1500,
  minEvents: 20,
  maxEvents: 40,
  clusters: 10,
  itemsPerCluster: 40,
  zipfExponent: 0.8,
  meanStartDays: 60,
  longGapProbability: 0.25,
  longGapMinDays: 3,
  longGapMeanDays: 7,
  shortGapMeanDays: 0.05,
  longShiftProbability: 0.85,
  shortShiftProbability: 0.02,
  markovProbability: 0.5,
  driftDay: 120,
  itemGaps: false,
  slowLongGapProbability: 0.7,
  fastLongGapProbability: 0.16,
};

/** A simulated log and what was planted in it. */
export interface InterestShiftSimulation {
  parameters: InterestShiftParameters;
  /** Rows user by user in time order; items are numbered cluster by cluster, most popular first, all of them named. */
  log: Interactions;
  /** [items] */
  itemCluster: Int32Array;
  /** [items] chance of the item in a popularity draw from its cluster. */
  itemProbability: Float64Array;
  /** [items] the fixed next item while the interest stays: one cycle through each cluster. */
  successor: Int32Array;
  /** [rows] interest at each event. */
  cluster: Int32Array;
  /** [rows] 1 where the interest moved just before the event. */
  shift: Uint8Array;
  /** [rows] 1 where the gap before the event is a long one. */
  longGap: Uint8Array;
  /** [rows] days since the user's previous event; 0 for the first. */
  gapDays: Float64Array;
}

/**
 * Users whose interests shift over time gaps, by rules that drift with the calendar: a world in which what T2ARec claims (static models
 * fail late; time and state alignment help after a shift) can be tested against the truth.
 */
export function simulateInterestShifts(
  options: Partial<InterestShiftParameters> = {},
): InterestShiftSimulation {
  const parameters = { ...INTEREST_SHIFT_DEFAULTS, ...options };
  validate(parameters);
  const { seed, users, clusters, itemsPerCluster, minEvents, maxEvents } = parameters;
  const world = plantWorld(parameters, createRandom(seed, 0));
  const builder = interactionsBuilder();
  const planted = {
    cluster: [] as number[],
    shift: [] as number[],
    longGap: [] as number[],
    gapDays: [] as number[],
  };

  for (let user = 0; user < users; user++) {
    const random = createRandom(seed, 1, user); // a user's history does not depend on how many users there are
    const events = minEvents + random.integer(maxEvents - minEvents + 1);
    let day = random.exponential(parameters.meanStartDays);
    let cluster = random.integer(clusters);
    let item = drawItem(world.cumulative, cluster, itemsPerCluster, random);
    let [gap, isLong, moved] = [0, false, false];
    for (let event = 0; event < events; event++) {
      if (event > 0) {
        isLong = random.uniform() < longGapChance(parameters, cluster);
        gap = isLong
          ? parameters.longGapMinDays + random.exponential(parameters.longGapMeanDays)
          : random.exponential(parameters.shortGapMeanDays);
        day += gap;
        const next = nextCluster(parameters, cluster, isLong, day, random);
        moved = next !== cluster;
        cluster = next;
        const follows = !moved && random.uniform() < parameters.markovProbability;
        item = follows ? world.successor[item] : drawItem(world.cumulative, cluster, itemsPerCluster, random);
      }
      builder.add(`u${user + 1}`, world.names[item], Number.NaN, day * SECONDS_A_DAY);
      planted.cluster.push(cluster);
      planted.shift.push(moved ? 1 : 0);
      planted.longGap.push(isLong ? 1 : 0);
      planted.gapDays.push(gap);
    }
  }
  return {
    parameters,
    log: withVocabulary(builder.build(), world.names),
    itemCluster: world.itemCluster,
    itemProbability: world.itemProbability,
    successor: world.successor,
    cluster: Int32Array.from(planted.cluster),
    shift: Uint8Array.from(planted.shift),
    longGap: Uint8Array.from(planted.longGap),
    gapDays: Float64Array.from(planted.gapDays),
  };
}

/** Chance that the gap after an event of this cluster is long. */
export function longGapChance(parameters: InterestShiftParameters, cluster: number): number {
  if (!parameters.itemGaps) return parameters.longGapProbability;
  return isSlow(parameters, cluster) ? parameters.slowLongGapProbability : parameters.fastLongGapProbability;
}

/** Slow clusters are the first half. */
export function isSlow({ clusters }: InterestShiftParameters, cluster: number): boolean {
  return cluster < clusters / 2;
}

/** Where the interest goes over a long gap that ends on this day. */
export function successorCluster(
  { clusters, driftDay }: InterestShiftParameters,
  cluster: number,
  day: number,
): number {
  return (cluster + (day < driftDay ? 1 : 2)) % clusters;
}

function nextCluster(
  parameters: InterestShiftParameters,
  cluster: number,
  isLong: boolean,
  day: number,
  random: Random,
): number {
  const { longShiftProbability, shortShiftProbability, clusters } = parameters;
  if (random.uniform() >= (isLong ? longShiftProbability : shortShiftProbability)) return cluster;
  if (isLong) return successorCluster(parameters, cluster, day);
  return (cluster + 1 + random.integer(clusters - 1)) % clusters;
}

function plantWorld({ clusters, itemsPerCluster, zipfExponent }: InterestShiftParameters, random: Random) {
  const weights = Array.from({ length: itemsPerCluster }, (_, k) => (k + 1) ** -zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cumulative = new Float64Array(itemsPerCluster);
  let sum = 0;
  weights.forEach((weight, k) => {
    sum += weight / total;
    cumulative[k] = sum;
  });
  const items = clusters * itemsPerCluster;
  const itemCluster = Int32Array.from({ length: items }, (_, item) => Math.floor(item / itemsPerCluster));
  const successor = new Int32Array(items);
  for (let cluster = 0; cluster < clusters; cluster++) {
    const first = cluster * itemsPerCluster;
    const cycle = random.shuffle(Int32Array.from({ length: itemsPerCluster }, (_, k) => first + k));
    cycle.forEach((item, k) => {
      successor[item] = cycle[(k + 1) % itemsPerCluster];
    });
  }
  return {
    cumulative,
    itemCluster,
    itemProbability: Float64Array.from(itemCluster, (_, item) => weights[item % itemsPerCluster] / total),
    successor,
    names: Array.from(itemCluster, (cluster, item) => `c${cluster}-${(item % itemsPerCluster) + 1}`),
  };
}

function drawItem(
  cumulative: Float64Array,
  cluster: number,
  itemsPerCluster: number,
  random: Random,
): number {
  return cluster * itemsPerCluster + random.categorical(cumulative);
}

/** Numbers items by the world's vocabulary instead of by first appearance. */
function withVocabulary(log: Interactions, names: string[]): Interactions {
  const index = new Map(names.map((name, item) => [name, item]));
  return { ...log, items: log.items.map((item) => index.get(log.itemNames[item])!), itemNames: names };
}

function validate(parameters: InterestShiftParameters): void {
  const { users, minEvents, maxEvents, clusters, itemsPerCluster } = parameters;
  for (const [name, value] of Object.entries(parameters)) {
    if (name.endsWith("Probability") && !(value >= 0 && value <= 1)) {
      throw new RangeError(`${name} must be a probability; got ${value}.`);
    }
    if (name.endsWith("MeanDays") && !(value > 0)) throw new RangeError(`${name} must be > 0; got ${value}.`);
  }
  if (!(users >= 1) || !(minEvents >= 3) || !(maxEvents >= minEvents)) {
    throw new RangeError(
      `Needs users >= 1 and 3 <= minEvents <= maxEvents; got ${users}, ${minEvents}, ${maxEvents}.`,
    );
  }
  if (!(clusters >= 3) || !(itemsPerCluster >= 2)) {
    throw new RangeError(
      `Needs clusters >= 3 and itemsPerCluster >= 2; got ${clusters} and ${itemsPerCluster}.`,
    );
  }
}
