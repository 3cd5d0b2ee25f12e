import type { Random } from "../../data/random";
import { tf } from "../../tensor";

export interface SeedingOptions {
  /** K */
  readonly clusters: number;
  readonly random: Random;
  /** Candidates a centre, of which the best is taken. Default 2 + ⌊ln K⌋; 1 is plain k-means++. */
  readonly trials?: number;
}

/**
 * First centres for k-means: k-means++ in its greedy form. The first is any point; a further one is drawn with the chance of its squared
 * distance D² from the nearest centre so far, several times, and the draw that leaves the least Σ D² is taken.
 * @param points [n, d]
 * @returns [K, d], points of the data
 * @see Arthur and Vassilvitskii 2007; scikit-learn, kmeans_plusplus, for the number of candidates
 */
export function seedCentres(
  points: tf.Tensor2D,
  { clusters, random, trials = 2 + Math.floor(Math.log(clusters)) }: SeedingOptions,
): tf.Tensor2D {
  const n = points.shape[0];
  const chosen = [random.integer(n)];
  let nearest = tf.tidy(() => squaredDistances(points, chosen).flatten().dataSync());
  while (chosen.length < clusters) {
    const cumulative = new Float64Array(n);
    let sum = 0;
    nearest.forEach((distance, point) => {
      sum += distance;
      cumulative[point] = sum;
    });
    // All points are centres already: any will do.
    const draw = () => (sum > 0 ? random.categorical(cumulative) : random.integer(n));
    const candidates = Array.from({ length: trials }, draw);
    const { best, distances } = tf.tidy(() => {
      const left = squaredDistances(points, candidates).minimum(tf.tensor1d(nearest as Float32Array));
      const index = left.sum(1).argMin().dataSync()[0];
      return { best: index, distances: left.slice([index, 0], [1, n]).dataSync() };
    });
    chosen.push(candidates[best]);
    nearest = distances;
  }
  return tf.tidy(() => tf.gather(points, tf.tensor1d(chosen, "int32")));
}

/** [candidates, n]: ‖c‖² - 2 c·x + ‖x‖², and 0 where float32 cannot tell it from 0: a point's distance from itself, or from its double. */
function squaredDistances(points: tf.Tensor2D, candidates: readonly number[]): tf.Tensor2D {
  const centres = tf.gather(points, tf.tensor1d([...candidates], "int32"));
  const lengths = centres.square().sum(1, true).add(points.square().sum(1));
  const distances = lengths.sub(tf.matMul(centres, points, false, true).mul(2));
  return tf.where(distances.greater(lengths.mul(RESOLUTION)), distances, 0) as tf.Tensor2D;
}

/** A few rounding errors of a sum of float32. */
const RESOLUTION = 1e-6;
