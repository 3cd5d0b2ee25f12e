import type { Random } from "../../../data/random";
import { CELLS, COARSE, cellOf, type ItemConcepts, STYLES } from "./worldConcepts";

/** Patches of an image's side. */
export const SIDE = 4;
/** P, patches of an image, row by row from the top left. */
export const PATCHES = SIDE * SIDE;
/** C, channels of a patch. */
export const CHANNELS = 8;

/** The vectors that concepts leave in images, the same in all domains. */
export interface ImagePatterns {
  /** [8, C] P_a, in every patch. */
  readonly coarse: Float64Array;
  /** [32, C] P_ab, in the quadrant of the sub-concept. */
  readonly sub: Float64Array;
  /** [3, C] P_c, in one patch anywhere. */
  readonly style: Float64Array;
}

export function plantPatterns(random: Random): ImagePatterns {
  const vectors = (count: number) => Float64Array.from({ length: count * CHANNELS }, () => random.normal());
  return { coarse: vectors(COARSE), sub: vectors(CELLS), style: vectors(STYLES) };
}

/** The quadrant of a patch: 0 top left, 1 top right, 2 and 3 below. Sub-concept b is seen in quadrant b. */
export function quadrant(patch: number): number {
  const [row, column] = [Math.floor(patch / SIDE), patch % SIDE];
  return 2 * Math.floor((2 * row) / SIDE) + Math.floor((2 * column) / SIDE);
}

export interface ImageOptions {
  /** Share of items without an image. */
  readonly imageless: number;
  /** Standard deviation of the noise in every channel. */
  readonly noise: number;
}

export interface PlantedImages {
  /** [V, P, C]; all 0 where there is no image. */
  readonly images: Float32Array;
  /** [V] 1 or 0 */
  readonly hasImage: Uint8Array;
}

/** An image an item: the vectors of its concepts and noise. Row i - 1 is that of item id i. */
export function plantImages(
  patterns: ImagePatterns,
  concepts: ItemConcepts,
  { imageless, noise }: ImageOptions,
  random: Random,
): PlantedImages {
  const { coarse, sub, style } = concepts;
  const size = PATCHES * CHANNELS;
  const images = new Float32Array(coarse.length * size);
  const hasImage = new Uint8Array(coarse.length);
  for (let item = 1; item <= coarse.length; item++) {
    // All is drawn for every item, so that the others' images do not depend on who has none.
    const kept = random.uniform() >= imageless;
    const stylePatch = random.integer(PATCHES);
    const cell = cellOf(concepts, item);
    for (let k = 0; k < size; k++) {
      const [patch, channel] = [Math.floor(k / CHANNELS), k % CHANNELS];
      let value = patterns.coarse[coarse[item - 1] * CHANNELS + channel] + noise * random.normal();
      if (quadrant(patch) === sub[item - 1]) value += patterns.sub[cell * CHANNELS + channel];
      if (patch === stylePatch) value += patterns.style[style[item - 1] * CHANNELS + channel];
      if (kept) images[(item - 1) * size + k] = value;
    }
    hasImage[item - 1] = kept ? 1 : 0;
  }
  return { images, hasImage };
}
