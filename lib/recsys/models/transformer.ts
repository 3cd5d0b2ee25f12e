import {
  applyDropout,
  applyLayerNorm,
  applyTransformerBlock,
  attentionMask,
  type Embedding,
  type KeyStream,
  type LayerNorm,
  type TransformerBlock,
} from "../../nn";
import { tf } from "../../tensor";
import type { SequenceInput } from "../batches";
import { selectPositions } from "./sequentialModel";

/** What the sequence models of RecBole's transformer family share: how a history enters, and the stack that it passes. */
export interface TransformerOptions {
  readonly heads: number;
  /** Of the input, of each sublayer's output, and of attention weights. */
  readonly dropout: number;
  /** Of the layer norms. */
  readonly epsilon: number;
}

/**
 * Dropout(LN(x + P)).
 * @param vectors    [B, L, d], what stands at each position
 * @param positions  P, as many rows as the longest history has items
 * @param name       of the model, for the error where a history is longer
 */
export function positionedInput(
  name: string,
  vectors: tf.Tensor,
  { positions, inputNorm }: { readonly positions: Embedding; readonly inputNorm: LayerNorm },
  { dropout, epsilon }: Pick<TransformerOptions, "dropout" | "epsilon">,
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const length = vectors.shape[1] as number;
  const longest = positions.table.shape[0];
  if (length > longest) {
    throw new Error(`${name}: histories of ${length} items, but the position table holds ${longest}.`);
  }
  const placed = vectors.add(positions.table.slice([0, 0], [length, -1]));
  return applyDropout(applyLayerNorm(inputNorm, placed, epsilon), dropout, keys) as tf.Tensor3D;
}

/**
 * A stack of post-norm blocks over histories.
 *
 * Where some positions of a history are wanted, the last block computes its query, feed-forward network and norms for them alone:
 * the numbers are the same, and for one position a step of two blocks is about half the work.
 *
 * @param hidden  [B, L, d], the embedded histories
 * @param read    "last": the last real position of each; "all": every position; or, without causality, P positions of each,
 *                [B, P] int32 (one outside 0..L-1 gives a vector without meaning)
 * @param causal  each position sees itself and what stands before it; otherwise all that is not padding
 * @returns [B, 1, d], [B, L, d] or [B, P, d]
 */
export function runTransformer(
  blocks: readonly TransformerBlock[],
  hidden: tf.Tensor3D,
  { items, lengths }: Pick<SequenceInput, "items" | "lengths">,
  { heads, dropout, epsilon, read, causal }: RunOptions,
  keys: KeyStream | undefined,
): tf.Tensor3D {
  const mask = attentionMask(items, { causal });
  return blocks.reduce((memory, block, index) => {
    const options = { heads, dropoutRate: dropout, epsilon, keys };
    if (read === "all" || index < blocks.length - 1) {
      return applyTransformerBlock(block, memory, memory, { ...options, mask });
    }
    const chosen = read === "last" ? lengths.sub(tf.scalar(1, "int32")).expandDims(1) : read;
    const queries = selectPositions(memory, chosen) as tf.Tensor3D;
    // The last position sees every key that is not padding, and without causality all do: the mask is that of the keys alone.
    return applyTransformerBlock(block, queries, memory, {
      ...options,
      mask: attentionMask(items, { causal: false }),
    });
  }, hidden);
}

export type RunOptions = TransformerOptions &
  (
    | { readonly read: "last" | "all"; readonly causal: boolean }
    | { readonly read: tf.Tensor2D; readonly causal: false }
  );
