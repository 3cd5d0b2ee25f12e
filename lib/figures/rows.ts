/** The tables that figures are made from: an Arquero table, or an array of records. */

/** What we need of a table with columns; Arquero's tables have it. */
export interface TableLike {
  objects(): object[];
}

export type Rows = TableLike | readonly object[];

export type Row = Readonly<Record<string, unknown>>;

/** The rows as records. */
export function records(rows: Rows): Row[] {
  const list = Array.isArray(rows) ? (rows as readonly object[]) : (rows as TableLike).objects();
  return list.map((row) => ({ ...row }));
}

/**
 * Rows that have a value in every one of these columns; null and undefined are missing values, NaN is a value.
 * @throws when a column is in no row, naming the columns there are
 */
export function complete(rows: Rows, columns: readonly string[]): Row[] {
  const all = records(rows);
  const present = new Set(all.flatMap((row) => Object.keys(row)));
  for (const column of columns) {
    if (!present.has(column)) {
      const there = all.length === 0 ? "the table is empty" : `it has: ${[...present].join(", ")}`;
      throw new Error(`Figure: no column "${column}" in the table; ${there}.`);
    }
  }
  return all.filter((row) => columns.every((column) => row[column] !== null && row[column] !== undefined));
}

/** A cell as a number. @throws when it isn't one, naming column and value */
export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  throw new Error(`Figure: column "${column}" must hold numbers; found ${JSON.stringify(value)}.`);
}

/** A cell as a name: of a series, of a category. */
export function nameIn(row: Row, column: string): string {
  return String(row[column]);
}

/** Rows by the value of a key, in order of first appearance. */
export function groupBy<Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

/**
 * Rows by series: in the order asked for, then in order of first appearance. Without a series column all rows are one series, "".
 * @throws when the order names a series that no row has
 */
export function bySeries(
  rows: readonly Row[],
  column?: string,
  order: readonly string[] = [],
): Map<string, Row[]> {
  if (column === undefined) return new Map([["", [...rows]]]);
  const groups = groupBy(rows, (row) => nameIn(row, column));
  const sorted = new Map<string, Row[]>();
  for (const name of order) {
    const group = groups.get(name);
    if (group === undefined) {
      throw new Error(`Figure: no row has ${column} "${name}"; there are: ${[...groups.keys()].join(", ")}.`);
    }
    sorted.set(name, group);
  }
  for (const [name, group] of groups) if (!sorted.has(name)) sorted.set(name, group);
  return sorted;
}
