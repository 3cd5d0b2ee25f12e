import * as tf from "@tensorflow/tfjs";
import { flattenTree, mapTree } from "../tree";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Go from the last step to the first; the outputs stand where their inputs stood. */
  reverse?: boolean;
}

/**
 * A loop that carries a state through a sequence: `[carry, y] = body(carry, x)` for every x. The loop is unrolled.
 * @param body  one step; pure
 * @param init  the first carry
 * @param xs    a tree of tensors, [T, ..] each: step t sees their slices [..]
 * @returns the last carry, and the tree of the outputs, [T, ..] each
 * @throws where xs is empty, or its leaves have different lengths
 */
export function scan<C extends object, X extends object, Y extends object>(
  body: (carry: C, x: X) => [C, Y],
  init: C,
  xs: X,
  { reverse = false }: ScanOptions = {},
): [C, Y] {
  const leaves = flattenTree<object>(xs);
  const lengths = leaves.map(([, leaf]) => leaf.shape[0]);
  if (lengths.length === 0 || !(lengths[0] > 0)) throw new Error("scan: xs has no step.");
  if (lengths.some((length) => length !== lengths[0])) {
    const shapes = leaves.map(([path, leaf]) => `${path || "xs"} [${leaf.shape}]`).join(", ");
    throw new Error(`scan: the tensors of xs differ in length: ${shapes}.`);
  }
  const slices = new Map(leaves.map(([, leaf]) => [leaf, tf.unstack(leaf)]));
  const outputs: Y[] = new Array(lengths[0]);
  let carry = init;
  for (let i = 0; i < lengths[0]; i++) {
    const t = reverse ? lengths[0] - 1 - i : i;
    const x = mapTree<object, tf.Tensor>((leaf: tf.Tensor) => (slices.get(leaf) as tf.Tensor[])[t], xs) as X;
    [carry, outputs[t]] = body(carry, x);
  }
  const [first, ...others] = outputs;
  const ys = mapTree<object, tf.Tensor>(
    (leaf: tf.Tensor, ...rest: tf.Tensor[]) => tf.stack([leaf, ...rest]),
    first,
    ...others,
  ) as Y;
  return [carry, ys];
}
