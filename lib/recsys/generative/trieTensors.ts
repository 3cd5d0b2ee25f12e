import { tf } from "../../tensor";
import type { TokenMap } from "./tokenMap";
import { buildTrie } from "./trie";

/** A trie where a search finds it: as tensors. */
export type TrieTensors = {
  /** [D] of [room for nodes of the depth · values of the digit] int32: as in `Trie`, then -1. */
  readonly children: readonly tf.Tensor1D[];
  /** [D] values of each digit. */
  readonly widths: readonly number[];
  /** [D] the token id of each digit's value 0. */
  readonly offsets: readonly number[];
};

/**
 * The trie of a tokenizer. Each depth has room for as many nodes as so many items can have at most, so that all tokenizers of the same items and
 * vocabulary have tries of the same shapes, and one compiled search serves them all. Dispose of its children.
 */
export function trieTensors(map: TokenMap): TrieTensors {
  const { children, widths, offsets } = buildTrie(map);
  let room = 1;
  const padded = children.map((own, depth) => {
    const all = new Int32Array(room * widths[depth]).fill(-1);
    all.set(own);
    room = Math.min(room * widths[depth], map.items);
    return tf.tensor1d(all, "int32");
  });
  return { children: padded, widths, offsets };
}
