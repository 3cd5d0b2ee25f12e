import { DataError, type DataLocation } from "./error";
import { parseInteger, parseToken, splitRow } from "./fields";
import { type Interactions, type ItemInfo, interactionsBuilder } from "./interactions";
import { forEachLine } from "./lines";

/** The genre flags of MovieLens-100K's `u.item`, in their order; MovieLens-1M has all but the first. */
export const MOVIELENS_GENRES = [
  "unknown",
  "Action",
  "Adventure",
  "Animation",
  "Children's",
  "Comedy",
  "Crime",
  "Documentary",
  "Drama",
  "Fantasy",
  "Film-Noir",
  "Horror",
  "Musical",
  "Mystery",
  "Romance",
  "Sci-Fi",
  "Thriller",
  "War",
  "Western",
] as const;

const ITEM_FIELDS = 5 + MOVIELENS_GENRES.length;

/**
 * MovieLens-100K's own `u.data`: user, item, rating 1..5, Unix seconds; tabs, no header. Its lines are not in time order.
 * @throws DataError that names file, line and field
 */
export function readMovieLensRatings(path: string): Promise<Interactions> {
  return readRatings(path, "\t");
}

/**
 * MovieLens-1M's own `ratings.dat`: user, item, rating 1..5, Unix seconds; `::` between them, no header.
 * @throws DataError that names file, line and field
 */
export function readMovieLens1mRatings(path: string): Promise<Interactions> {
  return readRatings(path, "::");
}

async function readRatings(path: string, separator: string): Promise<Interactions> {
  const builder = interactionsBuilder();
  const lines = await forEachLine(path, "latin1", (text, line) => {
    const [user, item, ratingText, time] = splitRow(text, separator, 4, { file: path, line });
    parseInteger(user, { file: path, line, field: "user id" }, 1);
    parseInteger(item, { file: path, line, field: "item id" }, 1);
    const rating = parseInteger(ratingText, { file: path, line, field: "rating" }, 1);
    if (rating > 5) {
      const location = { file: path, line, field: "rating" };
      throw new DataError(
        `A rating of ${rating} is out of range 1..5.`,
        location,
        "Mend the row, or fetch the file anew.",
      );
    }
    builder.add(user, item, rating, parseInteger(time, { file: path, line, field: "timestamp" }, 0));
  });
  if (lines === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return builder.build();
}

/**
 * MovieLens-100K's own `u.item`: id | title (year) | release date | video date | URL | 19 genre flags; ISO 8859-1, no header.
 * The year at the end of a title becomes `year`; one film has none.
 */
export async function readMovieLensItems(path: string): Promise<Map<string, ItemInfo>> {
  const items = new Map<string, ItemInfo>();
  const lines = await forEachLine(path, "latin1", (text, line) => {
    const fields = splitRow(text, "|", ITEM_FIELDS, { file: path, line });
    parseInteger(fields[0], { file: path, line, field: "movie id" }, 1);
    const titleAndYear = parseTitle(fields[1], { file: path, line, field: "movie title" });
    const attributes = MOVIELENS_GENRES.filter((genre, k) => {
      const flag = fields[5 + k];
      if (flag === "0" || flag === "1") return flag === "1";
      const location = { file: path, line, field: genre };
      throw new DataError(
        `${JSON.stringify(flag)} is not a genre flag 0 or 1.`,
        location,
        "Fetch the file anew.",
      );
    });
    items.set(fields[0], { ...titleAndYear, attributes });
  });
  if (lines === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return items;
}

/**
 * MovieLens-1M's own `movies.dat`: id :: title (year) :: genres with `|` between them; ISO 8859-1, no header.
 * @throws DataError that names file, line and field
 */
export async function readMovieLens1mItems(path: string): Promise<Map<string, ItemInfo>> {
  const known: readonly string[] = MOVIELENS_GENRES.slice(1);
  const items = new Map<string, ItemInfo>();
  const lines = await forEachLine(path, "latin1", (text, line) => {
    const [id, title, genres] = splitRow(text, "::", 3, { file: path, line });
    parseInteger(id, { file: path, line, field: "movie id" }, 1);
    const titleAndYear = parseTitle(title, { file: path, line, field: "movie title" });
    const attributes = [...new Set(genres.split("|"))];
    const strange = attributes.find((genre) => !known.includes(genre));
    if (strange !== undefined) {
      const problem = `${JSON.stringify(strange)} is none of the genres ${known.join(", ")}.`;
      throw new DataError(problem, { file: path, line, field: "genres" }, "Fetch the file anew.");
    }
    items.set(id, { ...titleAndYear, attributes });
  });
  if (lines === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return items;
}

/** "GoldenEye (1995)"; the year may be missing. */
function parseTitle(text: string, location: DataLocation): Pick<ItemInfo, "title" | "year"> {
  const title = parseToken(text.trim(), location);
  const dated = /^(.*?)\s*\((\d{4})\)$/.exec(title);
  return dated === null ? { title, year: undefined } : { title: dated[1], year: Number(dated[2]) };
}
