import { concat, gather, noGradient, tf } from "../../../tensor";

/** Id of the padding of texts. */
export const PADDING = 0;
/** Id of the mask token; words have the ids behind it. */
export const MASK = 1;
export const FIRST_WORD = 2;

/** What items say about themselves, side by side. */
export interface ItemContent {
  /** [B, T] int32: ids of words, padded with `PADDING`. */
  readonly text: tf.Tensor2D;
  /** [B, P, C]: the latent vectors of the image's patches, row by row; zeros where there is no image. */
  readonly image: tf.Tensor3D;
  /** [B]: 1 where the item has an image, else 0. */
  readonly hasImage: tf.Tensor1D;
}

/** The same as flat arrays, row by row; row i - 1 is that of item id i. */
export interface ContentArrays {
  readonly text: Int32Array;
  readonly images: Float32Array;
  readonly hasImage: Uint8Array;
}

/** T, P and C. */
export interface ContentSizes {
  readonly textLength: number;
  readonly patches: number;
  readonly channels: number;
}

/**
 * All items' content as tensors, which the caller frees.
 * @throws Error naming the array whose length does not fit the number of items
 */
export function contentTensors(
  { text, images, hasImage }: ContentArrays,
  { textLength, patches, channels }: ContentSizes,
): ItemContent {
  const items = hasImage.length;
  const check = (name: string, found: number, expected: number) => {
    if (found !== expected)
      throw new Error(
        `contentTensors: ${name} has ${found} numbers; ${items} items need ${items} · ${expected / items}.`,
      );
  };
  check("text", text.length, items * textLength);
  check("images", images.length, items * patches * channels);
  return {
    text: tf.tensor2d(text, [items, textLength], "int32"),
    image: tf.tensor3d(images, [items, patches, channels]),
    hasImage: tf.tensor1d(Float32Array.from(hasImage)),
  };
}

/** The content of some items. @param rows [B] int32: item id i is row i - 1 */
export function selectContent({ text, image, hasImage }: ItemContent, rows: tf.Tensor1D): ItemContent {
  return noGradient(() => ({
    text: gather(text, rows),
    image: gather(image, rows),
    hasImage: gather(hasImage, rows),
  }));
}

/** One batch behind another: items and partners in one pass through the encoder. The rows of a mixed batch do not meet there. */
export function joinContent(a: ItemContent, b: ItemContent): ItemContent {
  return noGradient(() => ({
    text: concat([a.text, b.text]),
    image: concat([a.image, b.image]),
    hasImage: concat([a.hasImage, b.hasImage]),
  }));
}

/** [B, T]: 1 where a word or a mask stands, 0 where padding. @param text [B, T] int32 */
export function isText(text: tf.Tensor2D): tf.Tensor2D {
  return noGradient(() => text.greater(tf.scalar(PADDING, "int32")).toFloat() as tf.Tensor2D);
}
