import type { TrainingBatch } from "../../recsys/models/sequentialModel";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { sampleData } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { type AlignmentOptions, type T2ARec, t2aRec } from "./model";
import type { T2ARecOptions } from "./parameters";

/** A tiny T2ARec for the tests, its weights large enough for every path to matter. */
export const TINY = {
  items: 12,
  dimensions: 6,
  stateSize: 4,
  inner: 10,
  dropout: 0,
  initialDeviation: 0.4,
} as const;

export const ALIGNMENT: AlignmentOptions = { scale: 2, block: 4, timeWeight: 0.5, stateWeight: 0.2 };

export function tinyModel(
  options: Partial<T2ARecOptions> = {},
  batches: "prefix" | "position" = "prefix",
  alignment: Partial<AlignmentOptions> = {},
): T2ARec {
  const model = t2aRec(
    { ...TINY, ...options },
    { alignment: { ...ALIGNMENT, ...alignment }, batches },
    Rng.key(11),
  );
  // Away from the symmetric start: A ≠ -1, gains ≠ 1, biases ≠ 0.
  flattenTree(model.parameters as object).forEach(([, leaf], index) => {
    const variable = leaf as tf.Variable;
    tf.tidy(() =>
      variable.assign(
        variable.add(tf.tensor(sampleData(variable.shape, index + 1, -0.2, 0.2), variable.shape)),
      ),
    );
  });
  return model;
}

/** Histories of 5, 3, 8 and 1 items in rows of 8, gaps in days, right-padded. */
export function tinyBatch(): TrainingBatch {
  return makeBatch(
    [[3, 1, 5, 2, 7], [4, 6, 12], [2, 9, 9, 1, 10, 3, 8, 5], [11]],
    [
      [0, 1.3, 0.2, 4, 0.7, 2.1],
      [0, 0.4, 3.3, 0.6],
      [0, 2, 0.3, 0.9, 5.2, 0.1, 1.7, 0.8, 3.9],
      [0, 1.1],
    ],
    8,
    "right",
  );
}

/** A batch from lists: the items of each row, and its gaps (one more than items). */
export function makeBatch(
  histories: number[][],
  gaps: number[][],
  length: number,
  padding: "right" | "left",
): TrainingBatch {
  const padded = histories.map((row) => {
    const fill = Array<number>(length - row.length).fill(0);
    return padding === "right" ? [...row, ...fill] : [...fill, ...row];
  });
  return {
    items: tf.tensor2d(padded, [histories.length, length], "int32"),
    gaps: tf.tensor2d(gaps.map((row) => [...row, ...Array<number>(length + 1 - row.length).fill(0)])),
    lengths: tf.tensor1d(
      histories.map((row) => row.length),
      "int32",
    ),
    targets: tf.tensor1d(
      histories.map((_, row) => 1 + ((5 * row + 3) % 12)),
      "int32",
    ),
    users: tf.tensor1d(
      histories.map((_, row) => row),
      "int32",
    ),
    weights: tf.ones([histories.length]),
  };
}
