import { tf } from "../../tensor";
import { groupByTuple, type ItemCodes } from "./itemCodes";
import { type SinkhornOptions, sinkhornAssignmentOf } from "./sinkhorn";

/**
 * The digit that tells apart items with the same codes: j for the j-th of them, counted from 0, in the order of the items. Each tokenizer has its own.
 * @param range how many values the digit has
 * @returns [items]
 * @throws Error where more items share a tuple than the digit has values
 * @see MTGRec, arXiv:2504.04400, whose code counts from 1
 */
export function collisionDigits(codes: ItemCodes, range: number): Int32Array {
  const digits = new Int32Array(codes.items);
  for (const [tuple, items] of groupByTuple(codes)) {
    if (items.length > range)
      throw new Error(
        `collisionDigits: ${items.length} items have the codes (${tuple}), more than the digit's ${range} values: train longer, or take more codes.`,
      );
    items.forEach((item, j) => {
      digits[item] = j;
    });
  }
  return digits;
}

export interface ReassignOptions extends SinkhornOptions {
  /** Passes over the groups at most. Default 20. */
  readonly rounds?: number;
}

/**
 * Spreads items with the same codes over other codes of the last level: inside each group of them the last code is assigned anew by Sinkhorn, which
 * gives every code the same room. New codes can meet other items; so again, until none collide or the rounds are over. What is left keeps its collision.
 * @param codes         of the nearest codes
 * @param lastResiduals r_H, [items, d]
 * @param lastCodebook  [K, d]
 * @see LETTER, arXiv:2405.07314, 3.3 and its generation of indices
 */
export function reassignCollisions(
  codes: ItemCodes,
  lastResiduals: tf.Tensor2D,
  lastCodebook: tf.Tensor2D,
  { rounds = 20, ...sinkhorn }: ReassignOptions = {},
): ItemCodes {
  const { levels, items } = codes;
  if (lastResiduals.shape[0] !== items)
    throw new Error(`reassignCollisions: ${items} items, but ${lastResiduals.shape[0]} residuals.`);
  const K = lastCodebook.shape[0];
  const values = codes.values.slice();
  const current = { ...codes, values };
  for (let round = 0; round < rounds; round++) {
    const groups = [...groupByTuple(current).values()].filter((group) => group.length > 1);
    if (groups.length === 0) break;
    const distances = squaredDistances(lastResiduals, lastCodebook, groups.flat());
    let row = 0;
    for (const group of groups) {
      const own = distances.subarray(row * K, (row + group.length) * K);
      row += group.length;
      const assigned = sinkhornAssignmentOf(own, K, sinkhorn);
      group.forEach((item, j) => {
        values[item * levels + levels - 1] = assigned[j];
      });
    }
  }
  return current;
}

/** [chosen rows, K] */
function squaredDistances(residuals: tf.Tensor2D, codebook: tf.Tensor2D, rows: readonly number[]) {
  return tf.tidy(() => {
    const r = tf.gather(residuals, tf.tensor1d([...rows], "int32"));
    const products = tf.matMul(r, codebook, false, true).mul(2);
    const lengths = r.square().sum(1, true).add(codebook.square().sum(1));
    return lengths.sub(products).dataSync() as Float32Array;
  });
}
