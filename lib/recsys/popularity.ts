import { tf } from "../tensor";
import type { SequentialDataset } from "./sequences";

/** How often each item occurs in the training part. @returns [V + 1]; entry 0 (padding) is 0 */
export function itemCounts(dataset: SequentialDataset): Float32Array {
  const counts = new Float32Array(dataset.items + 1);
  for (let user = 0; user < dataset.users; user++) {
    for (let event = dataset.offsets[user]; event < dataset.offsets[user + 1] - 2; event++)
      counts[dataset.itemIds[event]]++;
  }
  return counts;
}

/** The popularity baseline: every user gets the items that occur most often in training. A score function for `evaluate`. */
export function popularityScores(
  dataset: SequentialDataset,
): (batch: { lengths: tf.Tensor1D }) => tf.Tensor2D {
  const counts = tf.tidy(() => tf.variable(tf.tensor2d(itemCounts(dataset), [1, dataset.items + 1]), false));
  return ({ lengths }) => tf.tile(counts as tf.Tensor2D, [lengths.shape[0], 1]);
}
