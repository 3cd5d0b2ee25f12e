import { createRandom } from "../../data/random";
import { type ItemContentOptions, textContent } from "../generative/itemContent";
import { type DenseMatrix, denseMatrix } from "../generative/matrix";

/**
 * Vectors of several groups of texts in one space, from one decomposition of them all (`textContent`): the same words give the same vector in each group. So the
 * items of several domains can be compared, where a pre-trained encoder would read them. Texts with some words left out may be groups of their own.
 * @param groups of texts; that of item id i of a domain at i - 1
 * @returns for each group [texts, dimensions], float32
 * @throws Error where the words of all have fewer than `dimensions` independent directions
 */
export function jointTextContent(
  groups: readonly (readonly string[])[],
  dimensions: number,
  options: ItemContentOptions,
): DenseMatrix[] {
  const { values } = textContent(groups.flat(), dimensions, options);
  let row = 0;
  return groups.map((texts) => {
    const start = row * dimensions;
    row += texts.length;
    return denseMatrix(texts.length, dimensions, values.slice(start, row * dimensions));
  });
}

/**
 * The texts, each word left out with the same chance; one stays, where all would go.
 * @param ratio UniSRec's is 0.2
 */
export function thinnedTexts(texts: readonly string[], ratio: number, seed: number): string[] {
  const random = createRandom(seed);
  return texts.map((text) => {
    const words = text.split(/\s+/).filter((word) => word.length > 0);
    const kept = words.filter(() => random.uniform() >= ratio);
    return (kept.length > 0 ? kept : words.slice(0, 1)).join(" ");
  });
}
