import { createRandom } from "../../../../data/random";
import { tf } from "../../../../tensor";
import { sampleTensor } from "../../../../tensor/testing";
import { flattenTree } from "../../../../tensor/tree";
import {
  type ContentArrays,
  type ContentSizes,
  contentTensors,
  FIRST_WORD,
  type ItemContent,
} from "../content";

/** Of `topicItems`. */
export const TOPIC_SIZES: ContentSizes = { textLength: 6, patches: 4, channels: 3 };
export const TOPICS = 4;
const WORDS_A_TOPIC = 5;
/** Ids: padding, mask, and the words of the topics one after another. */
export const TOPIC_VOCABULARY = FIRST_WORD + TOPICS * WORDS_A_TOPIC;

/** Items whose words and patches tell one of a few topics; every fifth has no image, every third a text that is one word short. */
export function topicItems(items: number, seed: number): ContentArrays & { readonly topics: Int32Array } {
  const random = createRandom(seed);
  const { textLength, patches, channels } = TOPIC_SIZES;
  const topics = Int32Array.from({ length: items }, () => random.integer(TOPICS));
  const hasImage = Uint8Array.from({ length: items }, (_, item) => (item % 5 === 4 ? 0 : 1));
  const text = Int32Array.from({ length: items * textLength }, (_, k) => {
    const [item, place] = [Math.floor(k / textLength), k % textLength];
    if (item % 3 === 2 && place === textLength - 1) return 0;
    return FIRST_WORD + topics[item] * WORDS_A_TOPIC + random.integer(WORDS_A_TOPIC);
  });
  const images = Float32Array.from({ length: items * patches * channels }, (_, k) => {
    const [item, patch] = [Math.floor(k / (patches * channels)), Math.floor(k / channels) % patches];
    const channel = k % channels;
    return hasImage[item] * (Math.sin(7 * topics[item] + 3 * channel + patch) + 0.2 * random.uniform());
  });
  return { text, images, hasImage, topics };
}

/** The items as tensors. */
export function topicContent(items: number, seed: number): ItemContent {
  return contentTensors(topicItems(items, seed), TOPIC_SIZES);
}

/** The same content with other words, patches or flags. */
export function changed(
  content: ItemContent,
  change: { text?: number[][]; image?: tf.Tensor3D; hasImage?: number[] },
): ItemContent {
  return {
    text: change.text === undefined ? content.text : tf.tensor2d(change.text, content.text.shape, "int32"),
    image: change.image ?? content.image,
    hasImage: change.hasImage === undefined ? content.hasImage : tf.tensor1d(change.hasImage),
  };
}

/** Gives every variable other values, as large as in the middle of a training, so that no gradient is near 0 by the start's smallness. */
export function spread(tree: object, size = 0.5): void {
  flattenTree(tree).forEach(([path, leaf], k) => {
    const variable = leaf as tf.Variable;
    const centre = /norm/i.test(path) ? 1 : 0;
    tf.tidy(() => variable.assign(sampleTensor(variable.shape, 100 + k, centre - size, centre + size)));
  });
}

/** Every variable's values, to be compared bit by bit. */
export function valuesOf(tree: object): Record<string, number[]> {
  return Object.fromEntries(
    flattenTree(tree).map(([path, leaf]) => [path, Array.from((leaf as tf.Tensor).dataSync())]),
  );
}
