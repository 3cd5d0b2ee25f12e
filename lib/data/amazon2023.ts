import { DataError, type DataLocation } from "./error";
import { parseInteger, parseNumber, parseToken, splitRow } from "./fields";
import {
  type Interactions,
  type InteractionsBuilder,
  type ItemInfo,
  interactionsBuilder,
} from "./interactions";
import { forEachLine } from "./lines";
import { productText } from "./productText";
import { type Tolerated, tolerance } from "./tolerance";

/**
 * The files of Amazon Reviews 2023, a category each, packed by gzip or not. Items are products by `parent_asin`, which variants of colour and
 * size share. Malformed lines are passed over while they are few (`tolerance`).
 * @see Hou, Li, He, Yan, Chen and McAuley 2024, Bridging Language and Items for Retrieval and Recommendation
 */

const COLUMNS = ["user_id", "parent_asin", "rating", "timestamp"];
/** Times are in milliseconds: an earlier one, before 1990, is in seconds or no time. */
const EARLIEST = Date.UTC(1990, 0);
const REMEDY = "Mend the line, or fetch the file anew.";

/**
 * `benchmark/5core/rating_only/<Category>.csv`: the benchmark's own 5-core, in which a user has each item once already. Taken as it is.
 * @throws DataError that names file, line and field
 */
export async function readAmazon5Core(path: string): Promise<Tolerated<Interactions>> {
  const builder = interactionsBuilder();
  const lines = tolerance(path);
  const count = await forEachLine(path, "utf-8", (text, line) => {
    if (line === 1) {
      requireHeader(text, path);
      return;
    }
    lines.attempt(line, () => {
      const row = splitRow(text, ",", COLUMNS.length, { file: path, line });
      const at = (column: number) => ({ file: path, line, field: COLUMNS[column] });
      const [user, item] = [parseToken(row[0], at(0)), parseToken(row[1], at(1))];
      addEvent(builder, user, item, parseNumber(row[2], at(2)), parseInteger(row[3], at(3)), path, line);
    });
  });
  const warnings = lines.finish(count);
  return { value: requireEvents(builder.build(), path), warnings };
}

/**
 * `raw/review_categories/<Category>.jsonl`: all reviews. Of several that a user wrote of one item the earliest counts, as in the benchmark
 * files; whose 5-core is what `kCore` makes of the rest.
 * @throws DataError that names file, line and field
 */
export async function readAmazonReviews(path: string): Promise<Tolerated<Interactions>> {
  const builder = interactionsBuilder();
  const lines = tolerance(path);
  const count = await forEachLine(path, "utf-8", (text, line) => {
    lines.attempt(line, () => {
      const review = parseRecord(text, { file: path, line });
      const at = (field: string) => ({ file: path, line, field });
      const user = parseToken(textOf(review["user_id"], at("user_id")), at("user_id"));
      const item = parseToken(textOf(review["parent_asin"], at("parent_asin")), at("parent_asin"));
      const rating = numberOf(review["rating"], at("rating"));
      addEvent(builder, user, item, rating, numberOf(review["timestamp"], at("timestamp")), path, line);
    });
  });
  const warnings = lines.finish(count);
  const all = requireEvents(builder.build(), path);
  const once = firstOfEach(all);
  const repeated = all.users.length - once.users.length;
  if (repeated > 0)
    warnings.push(`${path}: left out ${repeated} reviews of items that their users had reviewed before`);
  return { value: once, warnings };
}

/**
 * `raw/meta_categories/meta_<Category>.jsonl`: the categories of the wanted items as attributes, and what the shop says about them as text.
 * An item that the file does not have gets neither: the origin lacks some. The others' lines are checked all the same.
 * @throws DataError that names file, line and field
 */
export async function readAmazonItems(
  path: string,
  wanted: ReadonlySet<string>,
): Promise<Tolerated<Map<string, ItemInfo>>> {
  const items = new Map<string, ItemInfo>();
  const lines = tolerance(path);
  const count = await forEachLine(path, "utf-8", (text, line) => {
    lines.attempt(line, () => {
      const record = parseRecord(text, { file: path, line });
      const at = (field: string) => ({ file: path, line, field });
      const item = parseToken(textOf(record["parent_asin"], at("parent_asin")), at("parent_asin"));
      const lists = (field: string) => textsOf(record[field], at(field));
      const title = record["title"] == null ? "" : textOf(record["title"], at("title"));
      const categories = lists("categories");
      const product = { title, categories, features: lists("features"), description: lists("description") };
      if (!wanted.has(item)) return;
      if (items.has(item)) throw new DataError(`Item ${item} is there already.`, at("parent_asin"), REMEDY);
      items.set(item, {
        title: title === "" ? undefined : title,
        year: undefined,
        attributes: [...new Set(categories)],
        text: productText(product),
      });
    });
  });
  const warnings = lines.finish(count);
  let missing = 0;
  for (const item of wanted) {
    if (items.has(item)) continue;
    items.set(item, { title: undefined, year: undefined, attributes: [], text: "" });
    missing++;
  }
  if (missing > 0)
    warnings.push(
      `${path}: nothing is said of ${missing} of ${wanted.size} items: they have no attributes and no text`,
    );
  return { value: items, warnings };
}

function addEvent(
  builder: InteractionsBuilder,
  user: string,
  item: string,
  rating: number,
  time: number,
  file: string,
  line: number,
): void {
  if (!(rating >= 0 && rating <= 5))
    throw new DataError(`A rating of ${rating} is not in 0..5.`, { file, line, field: "rating" }, REMEDY);
  if (!Number.isSafeInteger(time) || time < EARLIEST)
    throw new DataError(
      `${time} is no time in milliseconds since 1970.`,
      { file, line, field: "timestamp" },
      REMEDY,
    );
  builder.add(user, item, rating, time / 1000);
}

function requireEvents(log: Interactions, file: string): Interactions {
  if (log.users.length > 0) return log;
  throw new DataError("The file has no interactions.", { file }, "Fetch the file anew.");
}

function requireHeader(text: string, file: string): void {
  if (text === COLUMNS.join(",")) return;
  const problem = `The header is ${JSON.stringify(text.slice(0, 80))}, not "${COLUMNS.join(",")}".`;
  throw new DataError(problem, { file, line: 1 }, "Fetch the file anew.");
}

/** The earliest event of each user with each item, and of equal times the first; in the order of the file. */
function firstOfEach(log: Interactions): Interactions {
  const { users, items, ratings, userNames, itemNames } = log;
  const times = log.timestamps ?? new Float64Array(users.length);
  const offsets = new Int32Array(userNames.length + 1);
  for (const user of users) offsets[user + 1]++;
  for (let user = 0; user < userNames.length; user++) offsets[user + 1] += offsets[user];
  const [rows, next] = [new Int32Array(users.length), offsets.slice()];
  users.forEach((user, row) => {
    rows[next[user]++] = row;
  });
  const kept = new Uint8Array(users.length);
  for (let user = 0; user < userNames.length; user++) {
    const seen = new Set<number>();
    const own = rows.subarray(offsets[user], offsets[user + 1]).sort((a, b) => times[a] - times[b] || a - b);
    for (const row of own) {
      if (!seen.has(items[row])) kept[row] = 1;
      seen.add(items[row]);
    }
  }
  const builder = interactionsBuilder();
  for (let row = 0; row < kept.length; row++) {
    if (kept[row]) builder.add(userNames[users[row]], itemNames[items[row]], ratings[row], times[row]);
  }
  return builder.build();
}

function parseRecord(text: string, location: DataLocation): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`The line is no JSON: ${reason}.`, location, REMEDY);
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new DataError("The line is no JSON object.", location, REMEDY);
}

function textOf(value: unknown, location: DataLocation): string {
  if (typeof value === "string") return value;
  throw new DataError(`${JSON.stringify(value) ?? "Nothing"} is no text.`, location, REMEDY);
}

function numberOf(value: unknown, location: DataLocation): number {
  if (typeof value === "number") return value;
  throw new DataError(`${JSON.stringify(value) ?? "Nothing"} is no number.`, location, REMEDY);
}

/** An absent list is an empty one. */
function textsOf(value: unknown, location: DataLocation): string[] {
  if (value == null) return [];
  if (!Array.isArray(value))
    throw new DataError(`${JSON.stringify(value)} is no list of texts.`, location, REMEDY);
  return value.map((text) => textOf(text, location));
}
