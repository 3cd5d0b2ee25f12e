import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree } from "../../tensor/tree";
import { sasRec } from "../models/sasrec";
import type { SequentialDataset } from "../sequences";
import { trainingItems } from "../split";
import { train } from "../train";

export interface CollaborativeOptions {
  /** Width of the vectors. */
  readonly dimensions: number;
  /** L of the SASRec. */
  readonly windowLength: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * The item vectors of a SASRec: what LETTER aligns its codes with.
 * @returns [V, dimensions], which the caller frees; of an incomplete training where the signal ended it
 */
export async function collaborativeVectors(
  data: SequentialDataset,
  { dimensions, windowLength, ...training }: CollaborativeOptions,
): Promise<tf.Tensor2D> {
  const key = Rng.key(training.seed);
  const model = sasRec({ items: data.items, windowLength, dimensions, batches: "position" }, key);
  try {
    await train(model, data, { ...training, windowLength, batchSize: 128 });
    const table = model.parameters.items.table as tf.Tensor as tf.Tensor2D;
    return tf.slice2d(table, [1, 0], [data.items, dimensions]);
  } finally {
    disposeTree(model.parameters);
    key.dispose();
  }
}

/** Rows of the content whose items have an event in the training part, ascending: row i - 1 is that of item id i. */
export function trainingRows(data: SequentialDataset): Int32Array {
  return trainingItems(data).map((item) => item - 1);
}
