import { readAtomicInteractions, readAtomicItems } from "./atomic";
import type { Interactions, ItemInfo } from "./interactions";
import type { Format } from "./manifest";
import {
  readMovieLens1mItems,
  readMovieLens1mRatings,
  readMovieLensItems,
  readMovieLensRatings,
} from "./movielens";
import { readS3RecAttributes, readS3RecSequences } from "./s3rec";
import type { LocatedDataset } from "./store";

interface Reader {
  interactions: (path: string) => Promise<Interactions>;
  items: (path: string) => Promise<Map<string, ItemInfo>>;
}

const READERS: Record<Format, Reader> = {
  recbole: { interactions: readAtomicInteractions, items: readAtomicItems },
  "movielens-100k": { interactions: readMovieLensRatings, items: readMovieLensItems },
  "movielens-1m": { interactions: readMovieLens1mRatings, items: readMovieLens1mItems },
  s3rec: { interactions: readS3RecSequences, items: readS3RecAttributes },
};

/** Parses a located data set, every row checked. `items` is empty where the layout has no item file. */
export async function readDataset({ format, paths }: LocatedDataset): Promise<{
  interactions: Interactions;
  items: Map<string, ItemInfo>;
}> {
  const reader = READERS[format];
  if (paths.interactions === undefined)
    throw new Error(`The layout of format ${format} has no interactions file.`);
  return {
    interactions: await reader.interactions(paths.interactions),
    items: paths.items === undefined ? new Map() : await reader.items(paths.items),
  };
}
