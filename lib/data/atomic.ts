import { DataError } from "./error";
import { parseNumber, parseToken, splitRow } from "./fields";
import { type Interactions, type ItemInfo, interactionsBuilder } from "./interactions";
import { forEachLine } from "./lines";
import { nearestName } from "./nearest";

/**
 * RecBole's atomic files: UTF-8, tab-separated, first line a header of `name:type` columns.
 * @see RecBole, "Atomic Files"
 */
export type AtomicType = "token" | "token_seq" | "float" | "float_seq";

const TYPES: readonly string[] = ["token", "token_seq", "float", "float_seq"] satisfies AtomicType[];

interface AtomicColumn {
  name: string;
  type: AtomicType;
}

/**
 * Streams an atomic file.
 * @param required  the columns to read, with the type each must have; other columns are passed over
 * @param onRow     the values of those columns in the order of `required`, and the line number
 * @throws DataError on a missing or ill-typed column, a row of the wrong width, or a file without rows
 */
export async function readAtomicFile<Name extends string>(
  path: string,
  required: Readonly<Record<Name, AtomicType>>,
  onRow: (values: Record<Name, string>, line: number) => void,
): Promise<void> {
  const names = Object.keys(required) as Name[];
  let width = 0;
  let positions: number[] = [];
  const lines = await forEachLine(path, "utf-8", (text, line) => {
    if (line === 1) {
      const columns = parseHeader(text, path);
      width = columns.length;
      positions = names.map((name) => findColumn(columns, name, required[name], path));
      return;
    }
    const fields = splitRow(text, "\t", width, { file: path, line });
    const values = {} as Record<Name, string>;
    for (let i = 0; i < names.length; i++) values[names[i]] = fields[positions[i]];
    onRow(values, line);
  });
  if (lines < 2) {
    const problem = lines === 0 ? "The file is empty." : "The file has a header and no rows.";
    throw new DataError(problem, { file: path }, "Fetch the file anew.");
  }
}

/** A `.inter` file: user, item, rating, timestamp (seconds). */
export async function readAtomicInteractions(path: string): Promise<Interactions> {
  const builder = interactionsBuilder();
  const columns = { user_id: "token", item_id: "token", rating: "float", timestamp: "float" } as const;
  await readAtomicFile(path, columns, (row, line) => {
    builder.add(
      parseToken(row.user_id, { file: path, line, field: "user_id" }),
      parseToken(row.item_id, { file: path, line, field: "item_id" }),
      parseNumber(row.rating, { file: path, line, field: "rating" }),
      parseNumber(row.timestamp, { file: path, line, field: "timestamp" }),
    );
  });
  return builder.build();
}

/** A `.item` file of films: title, year of release, genres. A year that is not four digits counts as unknown. */
export async function readAtomicItems(path: string): Promise<Map<string, ItemInfo>> {
  const items = new Map<string, ItemInfo>();
  const columns = {
    item_id: "token",
    movie_title: "token_seq",
    release_year: "token",
    class: "token_seq",
  } as const;
  await readAtomicFile(path, columns, (row, line) => {
    const name = parseToken(row.item_id, { file: path, line, field: "item_id" });
    items.set(name, {
      title: parseToken(row.movie_title, { file: path, line, field: "movie_title" }),
      year: /^\d{4}$/.test(row.release_year) ? Number(row.release_year) : undefined,
      attributes: row.class.split(" ").filter((genre) => genre !== ""),
    });
  });
  return items;
}

function parseHeader(text: string, file: string): AtomicColumn[] {
  return text.split("\t").map((cell) => {
    const [name, type, ...rest] = cell.split(":");
    if (name === "" || rest.length > 0 || !TYPES.includes(type)) {
      const problem = `${JSON.stringify(cell)} is not a column of the form name:type with a type of ${TYPES.join(", ")}.`;
      throw new DataError(problem, { file, line: 1 }, "Is this a RecBole atomic file?");
    }
    return { name, type: type as AtomicType };
  });
}

function findColumn(columns: readonly AtomicColumn[], name: string, type: AtomicType, file: string): number {
  const position = columns.findIndex((column) => column.name === name);
  const location = { file, line: 1, field: name };
  if (position < 0) {
    const present = columns.map((column) => column.name);
    const guess = nearestName(name, present);
    const hint = guess === undefined ? "" : ` Is it "${guess}"?`;
    throw new DataError(
      `The column is missing; there are ${present.join(", ")}.`,
      location,
      `Add the column.${hint}`,
    );
  }
  if (columns[position].type !== type) {
    const problem = `The column has type ${columns[position].type}; ${type} was expected.`;
    throw new DataError(problem, location, "Mend the header.");
  }
  return position;
}
