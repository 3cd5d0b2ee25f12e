import { tf } from "../../../tensor";
import { constrainedKMeans } from "../constrainedKMeans";

/** Of every code of a codebook, the other codes of its cluster. */
export type ClusterMates = {
  /** [K, M] int32, M the size of the largest cluster less 1; in smaller clusters the last ones are -1. */
  readonly mates: tf.Tensor2D;
  /** [K] int32, how many there are. */
  readonly counts: tf.Tensor1D;
};

/**
 * Clusters the codes by constrained k-means into clusters of equal size.
 * @param codebook [K, d]
 * @throws Error where a cluster would have one code alone
 * @see LETTER, arXiv:2405.07314, 3.2.3
 */
export function clusterMates(
  codebook: tf.Tensor2D,
  { clusters, seed }: { readonly clusters: number; readonly seed: number },
): ClusterMates {
  const K = codebook.shape[0];
  if (K < 2 * clusters)
    throw new Error(
      `clusterMates: ${K} codes in ${clusters} clusters leave a code alone: take at most ${Math.floor(K / 2)} clusters.`,
    );
  const points = codebook.dataSync() as Float32Array;
  const { labels } = constrainedKMeans(points, codebook.shape[1], { clusters, seed });
  const members: number[][] = Array.from({ length: clusters }, () => []);
  labels.forEach((label, code) => {
    members[label].push(code);
  });
  const M = Math.ceil(K / clusters) - 1;
  const mates = new Int32Array(K * M).fill(-1);
  labels.forEach((label, code) => {
    mates.set(
      members[label].filter((other) => other !== code),
      code * M,
    );
  });
  const counts = Int32Array.from(labels, (label) => members[label].length - 1);
  return { mates: tf.tensor2d(mates, [K, M], "int32"), counts: tf.tensor1d(counts, "int32") };
}

/**
 * One of the others in the cluster of each code, as the draw says.
 * @param codes [B] int32
 * @param draws [B], in [0, 1)
 * @returns [B] int32
 */
export function pickMates(
  codes: tf.Tensor1D,
  { mates, counts }: ClusterMates,
  draws: tf.Tensor1D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const available = tf.gather(counts, codes).toFloat();
    // A draw just below 1 times the number can round up to the number itself.
    const place = tf.minimum(tf.floor(draws.mul(available)), available.sub(1)).toInt();
    const M = tf.scalar(mates.shape[1], "int32");
    return tf.gather(mates.flatten(), codes.mul(M).add(place)) as tf.Tensor1D;
  });
}
