import { createRandom } from "../../data/random";
import { applyDense, type Dense } from "../../nn";
import { gather, noGradient, oneHot, tf } from "../../tensor";
import { kmeans } from "../generative/kmeans";
import type { ContentTensors } from "./domains";

/*
 * MISSRec's interests: clusters of what is written about items and of their pictures, both in the space that the adaptors bring them to.
 *
 * Reference code: gimpong/MM23-MISSRec, trainer.py and cluster_utils.py. Deviation: there, clusters are sought anew before each epoch, by mini-batch k-means. Here
 * they are sought once a phase, by k-means, and keep their members; a cluster's vector is the mean of its members as the adaptors have them now, in every step.
 */

/** How texts and pictures enter the model: a linear layer each, to the same width. */
export type Adaptors<T extends tf.Tensor = tf.Variable> = {
  readonly text: Dense<T>;
  readonly image: Dense<T>;
};

/** The members of K clusters. The caller frees it (`disposeTree`). */
export interface Interests {
  /** [V + 1, 2] int32: the clusters of an item's text and of its picture, from 1; 0: none (the padding, and items without a picture). */
  readonly ofItem: tf.Tensor2D;
  /** [K, w] and [K, v]: the sums of the member texts and of the member pictures. */
  readonly textSums: tf.Tensor2D;
  readonly imageSums: tf.Tensor2D;
  /** [K, 1]: numbers of member texts and of member pictures. */
  readonly textCounts: tf.Tensor2D;
  readonly imageCounts: tf.Tensor2D;
}

/** Content that has pictures. */
export type MultimodalContent = ContentTensors & Required<Pick<ContentTensors, "image" | "hasImage">>;

/** k-means ends after so many iterations; the reference code's after 5 passes. */
const ITERATIONS = 10;

/**
 * Clusters the adapted texts and pictures of all items together.
 * @param ratio clusters a text or picture; at least two are made
 */
export function findInterests(
  { text, image, hasImage }: MultimodalContent,
  adaptors: Adaptors,
  { ratio, seed }: { readonly ratio: number; readonly seed: number },
): Interests {
  const V = text.shape[0] - 1;
  const flags = hasImage.dataSync();
  const withImage = Int32Array.from(flags.keys()).filter((item) => flags[item] > 0);
  const clusters = Math.max(2, Math.ceil((V + withImage.length) * ratio));
  const points = tf.tidy(() => {
    const texts = applyDense(adaptors.text, text.slice([1, 0], [-1, -1]));
    const images = applyDense(adaptors.image, gather(image, tf.tensor1d(withImage, "int32")));
    return tf.concat([texts, images]) as tf.Tensor2D;
  });
  const order = createRandom(seed).shuffle(Int32Array.from({ length: points.shape[0] }, (_, k) => k));
  const initial = tf.tidy(
    () => gather(points, tf.tensor1d(order.slice(0, clusters), "int32")) as tf.Tensor2D,
  );
  const { labels, centres } = kmeans(points, { clusters, seed, initial, maxIterations: ITERATIONS });
  tf.dispose([points, initial, centres]);

  const ofItem = new Int32Array(2 * (V + 1));
  for (let item = 1; item <= V; item++) ofItem[2 * item] = 1 + labels[item - 1];
  withImage.forEach((item, k) => {
    ofItem[2 * item + 1] = 1 + labels[V + k];
  });
  return tf.tidy(() => {
    const table = tf.tensor2d(ofItem, [V + 1, 2], "int32");
    const [textMembers, imageMembers] = tf
      .unstack(table, 1)
      .map((column) => oneHot<tf.Tensor2D>(column, clusters + 1).slice([0, 1], [-1, -1])); // [V + 1, K]
    const counts = (members: tf.Tensor) => members.sum<tf.Tensor1D>(0).expandDims<tf.Tensor2D>(1);
    return {
      ofItem: table,
      textSums: tf.matMul(textMembers, text, true) as tf.Tensor2D,
      imageSums: tf.matMul(imageMembers, image, true) as tf.Tensor2D,
      textCounts: counts(textMembers),
      imageCounts: counts(imageMembers),
    };
  });
}

/**
 * The vectors of the clusters under the present adaptors: the mean over members of x W + b, which is (Σ x W + n b) / n. No gradient reaches the adaptors by it.
 * @returns [K + 1, d]; row 0, that of no cluster, is 0
 */
export function interestVectors(interests: Interests, { text, image }: Adaptors): tf.Tensor2D {
  return noGradient(() =>
    tf.tidy(() => {
      const { textSums, imageSums, textCounts, imageCounts } = interests;
      const sum = (sums: tf.Tensor2D, counts: tf.Tensor2D, { weight, bias }: Dense) =>
        tf.matMul(sums, weight as unknown as tf.Tensor2D).add(counts.mul(bias ?? 0));
      const total = sum(textSums, textCounts, text).add(sum(imageSums, imageCounts, image));
      const means = total.div(textCounts.add(imageCounts).maximum(1));
      return tf.pad(means, [
        [1, 0],
        [0, 0],
      ]) as tf.Tensor2D;
    }),
  );
}

/**
 * The interests of each history: the clusters of its items' texts and pictures.
 * @param items [B, L] int32
 * @returns ids [B, 2L] int32, and `distinct` [B, 2L], 1 at the first place of each cluster in a row and 0 where it stands again, or none does
 */
export function historyInterests(
  items: tf.Tensor2D,
  { ofItem }: Pick<Interests, "ofItem">,
): { ids: tf.Tensor2D; distinct: tf.Tensor2D } {
  return noGradient(() =>
    tf.tidy(() => {
      const [rows, length] = items.shape;
      const ids = gather(ofItem, items.flatten()).reshape<tf.Tensor2D>([rows, 2 * length]);
      const places = tf.range(0, 2 * length, 1, "int32");
      const isBefore = places.expandDims(0).less(places.expandDims(1)); // [2L, 2L]: column before row
      const same = ids.expandDims(2).equal(ids.expandDims(1)); // [B, 2L, 2L]
      const isRepeated = same.logicalAnd(isBefore).any(2);
      const isAny = ids.greater(tf.scalar(0, "int32"));
      return { ids, distinct: isAny.logicalAnd(isRepeated.logicalNot()).toFloat() as tf.Tensor2D };
    }),
  );
}
