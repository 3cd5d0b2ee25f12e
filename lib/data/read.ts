import { readAmazon5Core, readAmazonItems, readAmazonReviews } from "./amazon2023";
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
import type { Tolerated } from "./tolerance";

interface Reader {
  interactions: (path: string) => Promise<Tolerated<Interactions>>;
  items: (path: string, wanted: ReadonlySet<string>) => Promise<Tolerated<Map<string, ItemInfo>>>;
}

/** The formats that hold a log of interactions. */
type LogFormat = Exclude<Format, "gguf" | "relevance-jsonl" | "problems-jsonl">;

const READERS: Record<LogFormat, Reader> = {
  recbole: { interactions: exact(readAtomicInteractions), items: exact(readAtomicItems) },
  "movielens-100k": { interactions: exact(readMovieLensRatings), items: exact(readMovieLensItems) },
  "movielens-1m": { interactions: exact(readMovieLens1mRatings), items: exact(readMovieLens1mItems) },
  s3rec: { interactions: exact(readS3RecSequences), items: exact(readS3RecAttributes) },
  "amazon-2023-5core": { interactions: readAmazon5Core, items: readAmazonItems },
  "amazon-2023-reviews": { interactions: readAmazonReviews, items: readAmazonItems },
};

/** A reader that tolerates nothing. */
function exact<T>(read: (path: string) => Promise<T>): (path: string) => Promise<Tolerated<T>> {
  return async (path) => ({ value: await read(path), warnings: [] });
}

export interface DatasetContent {
  interactions: Interactions;
  /** Empty where the layout has no item file. */
  items: Map<string, ItemInfo>;
  /** What is not as it should be, but could be passed over: sentences that name the file. */
  warnings: string[];
}

/**
 * Parses a located data set, every row checked.
 * @param choose the names of the items that matter; a large item file is read for them alone. Default: all that have interactions
 */
export async function readDataset(
  { format, paths }: LocatedDataset,
  choose: (interactions: Interactions) => ReadonlySet<string> = ({ itemNames }) => new Set(itemNames),
): Promise<DatasetContent> {
  const reader: Reader | undefined = READERS[format as LogFormat];
  if (reader === undefined || paths.interactions === undefined)
    throw new Error(`The layout of format ${format} has no interactions file.`);
  const { value: interactions, warnings } = await reader.interactions(paths.interactions);
  const wanted = choose(interactions);
  if (paths.items === undefined) return { interactions, items: new Map(), warnings };
  const items = await reader.items(paths.items, wanted);
  return { interactions, items: items.value, warnings: [...warnings, ...items.warnings] };
}
