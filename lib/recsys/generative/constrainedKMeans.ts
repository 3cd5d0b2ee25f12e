import { createRandom, type Random } from "../../data/random";
import { balancedAssignment } from "./balancedAssignment";

export interface ConstrainedKMeansOptions {
  /** K */
  readonly clusters: number;
  /** Of the first centres. */
  readonly seed: number;
  /** Default 20; they end before where no point changes its cluster. */
  readonly maxIterations?: number;
}

export interface ConstrainedKMeans {
  /** [n] the cluster of each point; every cluster has ⌊n / K⌋ or ⌈n / K⌉ of them. */
  readonly labels: Int32Array;
  /** [K, d] means of the clusters. */
  readonly centres: Float32Array;
  /** Squared distance of the points from the means of their clusters, summed. */
  readonly inertia: number;
  readonly iterations: number;
}

/**
 * k-means with clusters of equal size: points are given to centres by the cheapest balanced assignment instead of to the nearest one. The first
 * centres are those of k-means++. Neither step lets the inertia grow.
 *
 * LETTER's code bounds the sizes loosely (at least half and at most several times the mean); here they are equal.
 * @param points     [n, d], row by row
 * @param dimensions d
 * @throws Error where there are fewer points than clusters
 * @see Bradley, Bennett and Demiriz 2000, Constrained K-Means Clustering; LETTER, arXiv:2405.07314, 3.3
 */
export function constrainedKMeans(
  points: Float32Array,
  dimensions: number,
  { clusters: K, seed, maxIterations = 20 }: ConstrainedKMeansOptions,
): ConstrainedKMeans {
  const d = dimensions;
  const n = points.length / d;
  if (!Number.isInteger(n))
    throw new Error(`constrainedKMeans: ${points.length} numbers are no whole number of points of ${d}.`);
  if (!Number.isInteger(K) || K < 1 || K > n)
    throw new Error(`constrainedKMeans: ${K} clusters of ${n} points: choose 1 to ${n}.`);
  let centres = seeds(points, d, K, createRandom(seed));
  let labels: Int32Array | undefined;
  let iterations = 0;
  while (iterations < maxIterations) {
    iterations++;
    const now = balancedAssignment(squaredDistances(points, centres, d), K);
    const same = labels?.every((label, point) => label === now[point]) ?? false;
    labels = now;
    if (same) break;
    centres = means(points, labels, d, K);
  }
  if (labels === undefined)
    throw new Error(`constrainedKMeans: maxIterations must be at least 1; got ${maxIterations}.`);
  let inertia = 0;
  for (let point = 0; point < n; point++)
    inertia += squaredDistance(points, point * d, centres, labels[point] * d, d);
  return { labels, centres, inertia, iterations };
}

/** k-means++: each further centre is a point drawn with the chance of its squared distance from the nearest so far. */
function seeds(points: Float32Array, d: number, K: number, random: Random): Float32Array {
  const n = points.length / d;
  const centres = new Float32Array(K * d);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const cumulative = new Float64Array(n);
  let chosen = random.integer(n);
  for (let k = 0; k < K; k++) {
    centres.set(points.subarray(chosen * d, (chosen + 1) * d), k * d);
    let sum = 0;
    for (let point = 0; point < n; point++) {
      nearest[point] = Math.min(nearest[point], squaredDistance(points, point * d, centres, k * d, d));
      sum += nearest[point];
      cumulative[point] = sum;
    }
    // All points are centres already: any will do.
    chosen = sum > 0 ? random.categorical(cumulative) : random.integer(n);
  }
  return centres;
}

/** [n, K] */
function squaredDistances(points: Float32Array, centres: Float32Array, d: number): Float64Array {
  const [n, K] = [points.length / d, centres.length / d];
  const distances = new Float64Array(n * K);
  for (let point = 0; point < n; point++)
    for (let k = 0; k < K; k++)
      distances[point * K + k] = squaredDistance(points, point * d, centres, k * d, d);
  return distances;
}

function squaredDistance(x: Float32Array, i: number, y: Float32Array, j: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (x[i + k] - y[j + k]) ** 2;
  return sum;
}

/** [K, d]; none of the clusters is empty. */
function means(points: Float32Array, labels: Int32Array, d: number, K: number): Float32Array {
  const sums = new Float64Array(K * d);
  const counts = new Int32Array(K);
  labels.forEach((label, point) => {
    counts[label]++;
    for (let k = 0; k < d; k++) sums[label * d + k] += points[point * d + k];
  });
  return Float32Array.from(sums, (sum, k) => sum / counts[Math.floor(k / d)]);
}
