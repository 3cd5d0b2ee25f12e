import { DataError } from "./error";
import { parseInteger, parseToken, splitRow } from "./fields";
import { type Interactions, type ItemInfo, interactionsBuilder } from "./interactions";
import { forEachLine } from "./lines";

/** The genre flags of `u.item`, in their order. */
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
export async function readMovieLensRatings(path: string): Promise<Interactions> {
  const builder = interactionsBuilder();
  const lines = await forEachLine(path, "latin1", (text, line) => {
    const [user, item, ratingText, time] = splitRow(text, "\t", 4, { file: path, line });
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
    const title = parseToken(fields[1].trim(), { file: path, line, field: "movie title" });
    const dated = /^(.*?)\s*\((\d{4})\)$/.exec(title);
    const genres = MOVIELENS_GENRES.filter((genre, k) => {
      const flag = fields[5 + k];
      if (flag === "0" || flag === "1") return flag === "1";
      const location = { file: path, line, field: genre };
      throw new DataError(
        `${JSON.stringify(flag)} is not a genre flag 0 or 1.`,
        location,
        "Fetch the file anew.",
      );
    });
    items.set(fields[0], {
      title: dated?.[1] ?? title,
      year: dated === null ? undefined : Number(dated[2]),
      genres,
    });
  });
  if (lines === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return items;
}
