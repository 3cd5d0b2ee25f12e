import type { KeyStream } from "../../nn";
import { gather, noGradient, type tf, where } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";
import type { ContentTensors } from "./domains";
import { dropItems } from "./itemDrop";

export interface ViewOptions {
  /** Chance of an item to be left out, or to be given without some of its words. */
  readonly dropRatio: number;
  /** Share of the batches whose views leave items out; the views of the others have thinned texts, where there are any. */
  readonly itemDropShare: number;
}

/** Histories, and the text vectors of their items, [B, L, w]. */
export type TextualHistories = Pick<SequenceInput, "items" | "lengths"> & { readonly text: tf.Tensor3D };

/**
 * Another view of histories, to be contrasted with them: some items left out, or some items' texts thinned.
 * @see UniSRec, section 2.3.2; its code, the augmentations "item drop" and "word drop"
 */
export function historyViews(
  histories: Pick<SequenceInput, "items" | "lengths">,
  { text, thinnedText }: ContentTensors,
  { dropRatio, itemDropShare }: ViewOptions,
  keys: KeyStream,
): TextualHistories {
  return noGradient(() => {
    const dropped = dropItems(histories, dropRatio, keys.next());
    const droppedText = gather(text, dropped.items) as tf.Tensor3D;
    if (thinnedText === undefined) return { ...dropped, text: droppedText };
    const drops = Rng.bernoulli(keys.next(), itemDropShare, []);
    const isThin = Rng.bernoulli(keys.next(), dropRatio, histories.items.shape).expandDims(2);
    const thin = where(isThin, gather(thinnedText, histories.items), gather(text, histories.items));
    return {
      items: where(drops, dropped.items, histories.items),
      lengths: where(drops, dropped.lengths, histories.lengths),
      text: where(drops, droppedText, thin),
    };
  });
}
