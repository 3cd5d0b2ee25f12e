import { createRandom } from "../../data/random";
import { compile, oneHot, tf } from "../../tensor";
import { seedCentres } from "./kmeansSeeding";

export interface KMeansOptions {
  /** K */
  readonly clusters: number;
  readonly seed: number;
  /** Runs from other first centres, of which the one of least inertia counts. Default 1. */
  readonly restarts?: number;
  /** Lloyd iterations a run at most. Default 300. */
  readonly maxIterations?: number;
  /** Stop where the centres' squared shift, summed, is at most this share of the mean variance of a column. Default 1e-4. */
  readonly tolerance?: number;
  /** [K, d] first centres, instead of k-means++; one run. */
  readonly initial?: tf.Tensor2D;
}

export interface KMeans {
  /** [K, d]; the caller frees it. */
  readonly centres: tf.Tensor2D;
  /** [n] the cluster of each point. */
  readonly labels: Int32Array;
  /** Squared distance of the points from their centres, summed. */
  readonly inertia: number;
  /** Of the run that counts. */
  readonly iterations: number;
}

/**
 * k-means: Lloyd's iterations from k-means++ centres. An empty cluster moves to the point that is farthest from its centre; where
 * there are fewer different points than clusters, the others stay where they were, empty.
 * @param points [n, d]
 * @throws Error where there are fewer points than clusters
 * @see Lloyd 1982; scikit-learn, KMeans, for the stopping rule and for empty clusters
 */
export function kmeans(points: tf.Tensor2D, options: KMeansOptions): KMeans {
  const { clusters, seed, restarts = 1, maxIterations = 300, tolerance = 1e-4, initial } = options;
  const [n, d] = points.shape;
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > n)
    throw new Error(`kmeans: ${clusters} clusters of ${n} points: choose 1 to ${n}.`);
  if (initial !== undefined && initial.shape.join() !== `${clusters},${d}`)
    throw new Error(`kmeans: the first centres are [${initial.shape}], not [${clusters},${d}].`);
  const smallestShift = tolerance * tf.tidy(() => tf.moments(points, 0).variance.mean().dataSync()[0]);
  const iterate = compile(lloyd, { name: "k-means", xla: false });
  let best: KMeans | undefined;
  try {
    for (let restart = 0; restart < (initial === undefined ? restarts : 1); restart++) {
      const first =
        initial?.clone() ?? seedCentres(points, { clusters, random: createRandom(seed, restart) });
      const run = runLloyd(iterate, points, first, { maxIterations, smallestShift });
      const [kept, dropped] = best === undefined || run.inertia < best.inertia ? [run, best] : [best, run];
      dropped?.centres.dispose();
      best = kept;
    }
  } finally {
    iterate.dispose();
  }
  return best!;
}

type LloydStep = {
  labels: tf.Tensor1D;
  /** [n] squared distances from the centres that were given. */
  distances: tf.Tensor1D;
  centres: tf.Tensor2D;
  /** [3]: squared shift of the centres, size of the smallest cluster, inertia at the centres that were given. */
  summary: tf.Tensor1D;
};

/** One iteration: each point to its nearest centre, each centre to the mean of its points (an empty one stays). */
function lloyd(points: tf.Tensor2D, centres: tf.Tensor2D): LloydStep {
  return tf.tidy(() => {
    const labels = nearestCentre(points, centres);
    const distances = points.sub(tf.gather(centres, labels)).square().sum<tf.Tensor1D>(1);
    const { centres: moved, counts } = means(points, labels, centres);
    const shift = moved.sub(centres).square().sum();
    const summary = tf.stack([shift, counts.min(), distances.sum()]) as tf.Tensor1D;
    return { labels, distances, centres: moved, summary };
  });
}

/**
 * argmin_k ‖x - c_k‖², the first of several; ‖x‖², the same for all k, is left out.
 * @param points  [n, d]
 * @param centres [K, d]
 * @returns [n] int32
 */
export function nearestCentre(points: tf.Tensor2D, centres: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const products = tf.matMul(points, centres, false, true);
    return centres.square().sum(1).sub(products.mul(2)).argMin(1) as tf.Tensor1D;
  });
}

/** By a product with the assignments as one-hot rows: the same bits every time, which sums by scattering are not on a GPU. */
export function means(points: tf.Tensor2D, labels: tf.Tensor1D, former: tf.Tensor2D) {
  const [clusters] = former.shape;
  // tfjs refuses one-hot rows of one column.
  const assigned: tf.Tensor2D =
    clusters === 1 ? tf.ones([labels.shape[0], 1]) : oneHot<tf.Tensor2D>(labels, clusters);
  const counts = assigned.sum<tf.Tensor1D>(0);
  const sums = tf.matMul(assigned, points, true);
  const column = counts.expandDims(1);
  const centres = tf.where(column.greater(0), sums.div(column.maximum(1)), former) as tf.Tensor2D;
  return { centres, counts };
}

function runLloyd(
  iterate: (points: tf.Tensor2D, centres: tf.Tensor2D) => LloydStep,
  points: tf.Tensor2D,
  first: tf.Tensor2D,
  { maxIterations, smallestShift }: { maxIterations: number; smallestShift: number },
): KMeans {
  let centres = first;
  let labels: Int32Array | undefined;
  let iterations = 0;
  while (iterations < maxIterations) {
    iterations++;
    const step = iterate(points, centres);
    let [shift, smallest] = step.summary.dataSync();
    const now = Int32Array.from(step.labels.dataSync());
    let moved = step.centres;
    if (smallest === 0 && fillEmpty(now, step.distances.dataSync(), centres.shape[0])) {
      moved = tf.tidy(() => means(points, tf.tensor1d(now, "int32"), centres).centres);
      step.centres.dispose();
      shift = Number.POSITIVE_INFINITY;
    }
    tf.dispose([step.labels, step.distances, step.summary, centres]);
    centres = moved;
    const same = labels?.every((label, point) => label === now[point]) ?? false;
    labels = now;
    if (same || shift <= smallestShift) break;
  }
  const last = iterate(points, centres);
  const inertia = last.summary.dataSync()[2];
  labels = Int32Array.from(last.labels.dataSync());
  tf.dispose(last);
  return { centres, labels, inertia, iterations };
}

/** Gives each empty cluster the farthest point of those that are neither at their centre nor alone; whether any was given. */
function fillEmpty(labels: Int32Array, distances: ArrayLike<number>, clusters: number): boolean {
  const counts = new Int32Array(clusters);
  for (const label of labels) counts[label]++;
  const farthest = Array.from(labels.keys()).sort((a, b) => distances[b] - distances[a] || a - b);
  let given = false;
  let next = 0;
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (counts[cluster] > 0) continue;
    while (next < farthest.length && counts[labels[farthest[next]]] < 2) next++;
    if (next === farthest.length || distances[farthest[next]] === 0) break;
    const point = farthest[next++];
    counts[labels[point]]--;
    labels[point] = cluster;
    counts[cluster] = 1;
    given = true;
  }
  return given;
}
