import {
  type InterestShiftParameters,
  type InterestShiftSimulation,
  longGapChance,
  successorCluster,
} from "./interestShifts";

/** What can be known when a recommendation is asked for. */
export interface OracleInput {
  /** The user's last item. */
  lastItem: number;
  /** Days since the last event: the prediction time is known. */
  gapDays: number;
  /** Day of the prediction. */
  day: number;
}

/**
 * P(next item | history, prediction time) under the true generator: the Bayes-optimal scores, the ceiling for any model.
 *
 * The interest is hidden but each item belongs to one cluster, so that the last item reveals it and filtering it over the history is
 * exact: nothing earlier adds to what the last item and the gap tell.
 * @returns [items], summing to 1
 */
export function oracleProbabilities(simulation: InterestShiftSimulation, input: OracleInput): Float64Array {
  const { parameters, itemCluster, itemProbability, successor } = simulation;
  const cluster = itemCluster[input.lastItem];
  const next = nextClusterProbabilities(parameters, cluster, input);
  // p(item) = P(z') zipf(item | z'), and while z stays a share of it goes to the fixed successor
  const probabilities = itemProbability.map((zipf, item) => {
    const share = itemCluster[item] === cluster ? 1 - parameters.markovProbability : 1;
    return next[itemCluster[item]] * share * zipf;
  });
  probabilities[successor[input.lastItem]] += next[cluster] * parameters.markovProbability;
  return probabilities;
}

/** P(cluster of the next event | cluster of the last, gap, day). @returns [clusters] */
export function nextClusterProbabilities(
  parameters: InterestShiftParameters,
  cluster: number,
  { gapDays, day }: Pick<OracleInput, "gapDays" | "day">,
): Float64Array {
  const { clusters, longShiftProbability, shortShiftProbability } = parameters;
  const long = longGapPosterior(parameters, cluster, gapDays);
  const elsewhere = ((1 - long) * shortShiftProbability) / (clusters - 1);
  const next = new Float64Array(clusters).fill(elsewhere);
  next[cluster] = long * (1 - longShiftProbability) + (1 - long) * (1 - shortShiftProbability);
  next[successorCluster(parameters, cluster, day)] += long * longShiftProbability;
  return next;
}

/** P(the gap is a long one | its length, the cluster it started in): Bayes' rule on the two densities. */
export function longGapPosterior(
  parameters: InterestShiftParameters,
  cluster: number,
  gapDays: number,
): number {
  const { longGapMinDays, longGapMeanDays, shortGapMeanDays } = parameters;
  const prior = longGapChance(parameters, cluster);
  if (gapDays < longGapMinDays) return 0;
  const logLong = Math.log(prior / longGapMeanDays) - (gapDays - longGapMinDays) / longGapMeanDays;
  const logShort = Math.log((1 - prior) / shortGapMeanDays) - gapDays / shortGapMeanDays;
  return 1 / (1 + Math.exp(logShort - logLong)); // in logarithms: both densities underflow for long gaps
}

/** The "same cluster" floor: popularity inside the last item's cluster, as if interests never moved and order said nothing. */
export function sameClusterProbabilities(
  simulation: InterestShiftSimulation,
  lastItem: number,
): Float64Array {
  const { itemCluster, itemProbability } = simulation;
  return itemProbability.map((zipf, item) => (itemCluster[item] === itemCluster[lastItem] ? zipf : 0));
}
