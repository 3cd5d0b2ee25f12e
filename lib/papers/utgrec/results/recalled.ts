import type { ResultTable } from "../../../experiment/record";
import type { StoredRun } from "../../../experiment/store";
import type { Figure } from "../../../figures";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import type { UtgRecConfig } from "../config";
import { readTokenizer } from "../runs/tokenizerRuns";
import { CONTENT_SIZES, targetOf } from "../runs/training";
import { imagesOfCodes, topWords } from "../tokenizer/reconstruction";
import { disposeTokenizer } from "../tokenizer/tokenizer";
import type { Domain, World } from "../world/world";
import { cellOf } from "../world/worldConcepts";
import { CHANNELS, PATCHES } from "../world/worldImages";
import { readableText } from "../world/worldText";
import { conceptName } from "../world/worldWords";
import { type PicturesOptions, picturesFigure } from "./pictures";

/**
 * Items to look at: of every coarse concept of a domain so many, each of another sub-concept, the most popular one that has a picture.
 * @returns ids, 1..V
 */
export function exampleItems(
  { truth, hasImage }: Pick<Domain, "truth" | "hasImage">,
  ofConcept: number,
): number[] {
  const ids = Array.from(hasImage.keys(), (row) => row + 1).filter((id) => hasImage[id - 1] === 1);
  ids.sort((a, b) => truth.popularity[b - 1] - truth.popularity[a - 1] || a - b);
  return truth.concepts.flatMap((concept) => {
    const cells = new Set<number>();
    return ids
      .filter((id) => {
        const cell = cellOf(truth, id);
        const isNew = truth.coarse[id - 1] === concept && !cells.has(cell);
        if (isNew) cells.add(cell);
        return isNew;
      })
      .slice(0, ofConcept);
  });
}

/** Items of a domain as their shop shows them. @param domain its place in the world @param items ids */
export function itemsFigure(
  { domains, lists }: World,
  domain: number,
  items: readonly number[],
  options: PicturesOptions = {},
): Figure {
  const shop = domains[domain];
  const pictures = items.map((item) => {
    const { title, rest } = readableText(lists, textOf(shop, item));
    return { images: [imageOf(shop, item)], title, text: rest };
  });
  return picturesFigure(pictures, { title: `Items of the ${shop.name} shop (${shop.role})`, ...options });
}

/** What a tokenizer's decoders say of an item when they are told its codes and no more. */
export interface Recalled {
  readonly item: number;
  readonly title: string;
  readonly codes: readonly number[];
  /** What is planted in it, such as "music: guitar". */
  readonly concept: string;
  /** All words of its concept and its sub-concept; its text has three of each. */
  readonly kin: readonly string[];
  /** The words that its codes make likeliest. */
  readonly words: readonly { readonly word: string; readonly probability: number }[];
  /** Its image, patches by channels; undefined where it has none. */
  readonly image: ArrayLike<number> | undefined;
  /** The image that its codes have on average. */
  readonly drawn: ArrayLike<number>;
}

/** Words that are asked of the codes. */
const ASKED = 8;

/**
 * Items of the target as the codes of a stored tokenizer remember them.
 * @param run   of the target's tokenizer
 * @param items ids, 1..V
 */
export function recalledItems(
  config: UtgRecConfig,
  world: World,
  run: StoredRun,
  items: readonly number[],
): Recalled[] {
  const target = targetOf(world);
  const { levels } = config;
  const all = run.array("nearestCodes");
  const rows = items.map((item) => Array.from(all.slice((item - 1) * levels, item * levels)));
  const tokenizer = readTokenizer(config, world, run);
  const key = Rng.key(run.seed);
  try {
    const { words, drawn } = tf.tidy(() => {
      const codes = tf.tensor2d(rows, [items.length, levels], "int32");
      return {
        words: topWords(tokenizer, codes, world.words, ASKED),
        drawn: imagesOfCodes(tokenizer, codes, {}, key).dataSync().slice(),
      };
    });
    return items.map((item, k) => ({
      item,
      title: readableText(world.lists, textOf(target, item)).title,
      codes: rows[k],
      concept: conceptName(target.truth.coarse[item - 1], target.truth.sub[item - 1]),
      kin: [
        ...world.lists.coarse[target.truth.coarse[item - 1]],
        ...world.lists.sub[cellOf(target.truth, item)],
      ].map((id) => world.words[id]),
      words: words[k],
      image: imageOf(target, item),
      drawn: drawn.subarray(k * PATCHES * CHANNELS, (k + 1) * PATCHES * CHANNELS),
    }));
  } finally {
    key.dispose();
    disposeTokenizer(tokenizer);
  }
}

/** The words that codes alone tell, and how many of them are of the item's concept or sub-concept. */
export function recalledTable(recalled: readonly Recalled[]): ResultTable["rows"] {
  return recalled.map(({ title, concept, codes, kin, words }) => ({
    item: title,
    planted: concept,
    codes: `(${codes.join(", ")})`,
    "likeliest words, by the codes": words.map(({ word }) => word).join(" "),
    "of its concept": `${words.filter(({ word }) => kin.includes(word)).length} of ${words.length}`,
  }));
}

/** Pictures beside those that codes alone tell. */
export function recalledFigure(recalled: readonly Recalled[], options: PicturesOptions = {}): Figure {
  const pictures = recalled.map(({ image, drawn, title, codes, words }) => ({
    images: [image, drawn],
    title,
    text: `(${codes.join(",\u00a0")}): ${words
      .slice(0, 5)
      .map(({ word }) => word)
      .join(" ")}`,
  }));
  return picturesFigure(pictures, {
    title: "What the codes remember",
    subtitle: "Left: the item. Right, and in words: what the decoders make of its codes alone.",
    columns: 4,
    ...options,
  });
}

function textOf({ text }: Domain, item: number): Int32Array {
  const { textLength } = CONTENT_SIZES;
  return text.subarray((item - 1) * textLength, item * textLength);
}

function imageOf({ images, hasImage }: Domain, item: number): Float32Array | undefined {
  const size = PATCHES * CHANNELS;
  return hasImage[item - 1] === 1 ? images.subarray((item - 1) * size, item * size) : undefined;
}
