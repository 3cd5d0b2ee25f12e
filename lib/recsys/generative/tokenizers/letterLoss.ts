import { oneHot, softmaxCrossEntropy, tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";

/**
 * LETTER's collaborative term: among the items of a batch, what a quantised vector is most like should be its own item's collaborative vector. Cross
 * entropy of r~ CFᵀ with the diagonal, mean over the batch.
 * @param quantized     r~, [B, d]
 * @param collaborative CF of the same items, [B, d]
 * @see Wang et al. 2024, arXiv:2405.07314 (LETTER), 3.2.2
 */
export function collaborativeLoss(quantized: tf.Tensor2D, collaborative: tf.Tensor2D): tf.Scalar {
  const own = tf.range(0, quantized.shape[0], 1, "int32");
  return softmaxCrossEntropy(own, tf.matMul(quantized, collaborative, false, true)).mean();
}

/** The clusters of the codes of one level. */
export interface CodeClusters {
  /** [K, S] the other codes of a code's cluster, first those there are, then anything. */
  readonly others: tf.Tensor;
  /** [K] how many others there are. */
  readonly counts: tf.Tensor;
}

/**
 * LETTER's diversity term for one level: the code of a sample should be more like another code of its cluster, drawn at random, than like the codes of
 * other clusters. Cross entropy of e_c · e_k over all k but c, mean over the batch. A code alone in its cluster has no other and counts 0.
 * @param chosen   e_c, [B, d], with its gradient
 * @param codes    c, [B] int32
 * @param codebook e, [K, d]
 * @param key      of the draw
 * @see LETTER, 3.2.3
 */
export function diversityLoss(
  chosen: tf.Tensor2D,
  codes: tf.Tensor1D,
  codebook: tf.Tensor2D,
  { others, counts }: CodeClusters,
  key: tf.Tensor1D,
): tf.Scalar {
  const [B, K] = [chosen.shape[0], codebook.shape[0]];
  const available = tf.gather(counts, codes).cast("int32");
  const place = Rng.uniform(key, [B]).mul(available).floor().cast("int32");
  const width = others.shape[1] as number;
  const positive = tf.gather(others.reshape([K * width]), codes.mul(width).add(place).cast("int32"));
  const logits = tf.matMul(chosen, codebook, false, true).sub(oneHot(codes, K).mul(OUT_OF_REACH));
  const losses = softmaxCrossEntropy(positive.cast("int32"), logits);
  return tf.where(available.greater(0), losses, tf.zerosLike(losses)).mean();
}

/** Subtracted from a logit, its share of the softmax becomes 0. */
const OUT_OF_REACH = 1e9;

/**
 * For each code the others of its cluster.
 * @param labels [K] the cluster of each code
 * @param width  S, one less than the size of the largest cluster, and at least 1
 */
export function othersOfCluster(
  labels: Int32Array,
  width: number,
): { others: Int32Array; counts: Int32Array } {
  const others = new Int32Array(labels.length * width);
  const counts = new Int32Array(labels.length);
  labels.forEach((label, code) => {
    labels.forEach((otherLabel, other) => {
      if (other !== code && otherLabel === label) others[code * width + counts[code]++] = other;
    });
  });
  return { others, counts };
}
