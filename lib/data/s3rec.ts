import { DataError } from "./error";
import { parseInteger } from "./fields";
import { type Interactions, type ItemInfo, interactionsBuilder } from "./interactions";
import { forEachLine } from "./lines";

/**
 * The files of S3-Rec's repository. Ids are positive integers; there are no times, no ratings and no titles.
 * @see RUCAIBox/CIKM2020-S3Rec, `data`
 */

/**
 * A line a user: the user's id, then the ids of the items in the order of time, single spaces between them.
 * @returns the events in the order of the file, without timestamps, ratings NaN
 * @throws DataError that names file, line and field
 */
export async function readS3RecSequences(path: string): Promise<Interactions> {
  const builder = interactionsBuilder();
  const lineOfUser = new Map<string, number>();
  const lines = await forEachLine(path, "utf-8", (text, line) => {
    const [user, ...items] = text.split(" ");
    parseInteger(user, { file: path, line, field: "user id" }, 1);
    const earlier = lineOfUser.get(user);
    if (earlier !== undefined) {
      const location = { file: path, line, field: "user id" };
      throw new DataError(`User ${user} has line ${earlier} already.`, location, "Fetch the file anew.");
    }
    lineOfUser.set(user, line);
    if (items.length === 0) {
      throw new DataError(`User ${user} has no items.`, { file: path, line }, "Fetch the file anew.");
    }
    items.forEach((item, k) => {
      parseInteger(item, { file: path, line, field: `item ${k + 1}` }, 1);
      builder.add(user, item, Number.NaN);
    });
  });
  if (lines === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return builder.build();
}

/**
 * `<name>_item2attributes.json`: one object from item id to the ids of its attributes. An attribute that an item has several times (a tag
 * that several people gave) counts once.
 * @throws DataError that names the file and the field
 */
export async function readS3RecAttributes(path: string): Promise<Map<string, ItemInfo>> {
  const lines: string[] = [];
  await forEachLine(path, "utf-8", (text) => lines.push(text));
  const content = parseObject(lines.join("\n"), path);
  const items = new Map<string, ItemInfo>();
  for (const [item, attributes] of Object.entries(content)) {
    parseInteger(item, { file: path, field: item }, 1);
    if (!Array.isArray(attributes)) throw notAttributes(attributes, path, item);
    for (const [k, attribute] of attributes.entries()) {
      if (!Number.isSafeInteger(attribute) || attribute < 1)
        throw notAttributes(attribute, path, `${item}.${k}`);
    }
    const names = [...new Set(attributes.map(String))];
    items.set(item, { title: undefined, year: undefined, attributes: names });
  }
  if (items.size === 0) throw new DataError("The file has no items.", { file: path }, "Fetch the file anew.");
  return items;
}

function parseObject(text: string, file: string): object {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`The file is no JSON: ${reason}.`, { file }, "Fetch the file anew.");
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new DataError(
    "The file is not an object from items to attributes.",
    { file },
    "Fetch the file anew.",
  );
}

function notAttributes(value: unknown, file: string, field: string): DataError {
  const problem = `${JSON.stringify(value)} is not a list of attribute ids, integers >= 1.`;
  return new DataError(problem, { file, field }, "Fetch the file anew.");
}
