/** Tables in a notebook: HTML for readers, Markdown for copying, aligned text for terminals; one source for all three. */
import type { Rows } from "../figures";
import { records } from "../figures/rows";
import { display } from "./kernel";

/** Mean and sample standard deviation of repeated measurements. */
export interface Measured {
  readonly mean: number;
  readonly std: number;
}

export interface TableColumn {
  readonly column: string;
  /** The heading; the column's name unless told. */
  readonly title?: string;
  /** Digits behind the point, of numbers and of mean and deviation; 4 unless told, none for whole numbers. */
  readonly digits?: number;
  /** The cell's text, where digits are not enough. */
  readonly format?: (value: unknown, row: Readonly<Record<string, unknown>>) => string;
  /** Set the best cell in bold. */
  readonly best?: "highest" | "lowest";
}

export interface TableOptions {
  /** Columns in order, by name or with options; all columns of the first row unless told. */
  readonly columns?: readonly (string | TableColumn)[];
  readonly caption?: string;
}

interface Cell {
  readonly text: string;
  readonly bold: boolean;
}

interface Laid {
  readonly titles: readonly string[];
  /** Numbers stand right, so that their digits align. */
  readonly right: readonly boolean[];
  readonly cells: readonly (readonly Cell[])[];
  readonly caption?: string;
}

/** Shows a table as one output; outside a notebook prints it. @throws when a column is in no row, naming it */
export function showTable(rows: Rows, options: TableOptions = {}): void {
  display(tableBundle(rows, options));
}

/** A table in its three forms. */
export function tableBundle(rows: Rows, options: TableOptions = {}) {
  const laid = lay(rows, options);
  return { "text/html": html(laid), "text/markdown": markdown(laid), "text/plain": plain(laid) };
}

/** A table as aligned text, for terminals. */
export function tableText(rows: Rows, options: TableOptions = {}): string {
  return plain(lay(rows, options));
}

/** A table in Markdown, for README files. */
export function tableMarkdown(rows: Rows, options: TableOptions = {}): string {
  return markdown(lay(rows, options));
}

/**
 * "0.0715 ± 0.0021": mean and sample standard deviation. Of a single measurement only the number, for it has no deviation.
 * @param measured the measurements, or mean and deviation
 */
export function meanStd(measured: readonly number[] | Measured, digits = 4): string {
  if (!isList(measured)) return `${measured.mean.toFixed(digits)} ± ${measured.std.toFixed(digits)}`;
  if (measured.length === 0) return missing;
  const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length;
  if (measured.length === 1) return mean.toFixed(digits);
  const std = Math.sqrt(
    measured.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (measured.length - 1),
  );
  return meanStd({ mean, std }, digits);
}

const missing = "–";

function isList(value: readonly number[] | Measured): value is readonly number[] {
  return Array.isArray(value);
}

function lay(rows: Rows, { columns, caption }: TableOptions): Laid {
  const all = records(rows);
  const present = new Set(all.flatMap((row) => Object.keys(row)));
  const wanted: TableColumn[] = (columns ?? [...present]).map((column) =>
    typeof column === "string" ? { column } : column,
  );
  for (const { column } of wanted) {
    if (all.length > 0 && !present.has(column)) {
      throw new Error(`Table: no column "${column}"; there are: ${[...present].join(", ")}.`);
    }
  }
  const bestRows = wanted.map((column) => bestOf(all, column));
  return {
    titles: wanted.map(({ column, title }) => title ?? column),
    right: wanted.map(({ column }) => all.some((row) => numeric(row[column]) !== undefined)),
    cells: all.map((row, index) =>
      wanted.map((column, place) => ({ text: textOf(row, column), bold: bestRows[place].has(index) })),
    ),
    caption,
  };
}

/** What a cell counts as when cells are compared: a number, the mean of measurements. */
function numeric(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number")) {
    return value.reduce((sum, item) => sum + item, 0) / value.length;
  }
  return isMeasured(value) ? value.mean : undefined;
}

function isMeasured(value: unknown): value is Measured {
  if (typeof value !== "object" || value === null || !("mean" in value) || !("std" in value)) return false;
  return typeof value.mean === "number" && typeof value.std === "number";
}

function bestOf(rows: ReturnType<typeof records>, { column, best }: TableColumn): Set<number> {
  const values = rows.map((row) => numeric(row[column]));
  const finite = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  if (best === undefined || finite.length < 2) return new Set();
  const target = best === "highest" ? Math.max(...finite) : Math.min(...finite);
  return new Set(values.flatMap((value, index) => (value === target ? [index] : [])));
}

function textOf(row: Readonly<Record<string, unknown>>, { column, digits = 4, format }: TableColumn): string {
  const value = row[column];
  if (format !== undefined) return format(value, row);
  if (value === null || value === undefined) return missing;
  if (typeof value === "number") {
    if (Number.isInteger(value)) return value.toLocaleString("en-US");
    return Number.isFinite(value) ? value.toFixed(digits) : String(value);
  }
  if (isMeasured(value)) return meanStd(value, digits);
  if (Array.isArray(value) && numeric(value) !== undefined) return meanStd(value as number[], digits);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function html({ titles, right, cells, caption }: Laid): string {
  const align = (place: number) => ` style="text-align:${right[place] ? "right" : "left"}"`;
  const head = titles.map((title, place) => `<th${align(place)}>${escapeHtml(title)}</th>`).join("");
  const body = cells.map((row) => {
    const inner = row.map(({ text, bold }, place) => {
      const shown = escapeHtml(text);
      return `<td${align(place)}>${bold ? `<b>${shown}</b>` : shown}</td>`;
    });
    return `<tr>${inner.join("")}</tr>`;
  });
  const top =
    caption === undefined ? "" : `<caption style="text-align:left">${escapeHtml(caption)}</caption>`;
  return `<table>${top}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function markdown({ titles, right, cells, caption }: Laid): string {
  const escapePipe = (text: string) => text.replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ");
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  return [
    ...(caption === undefined ? [] : [caption, ""]),
    line(titles.map(escapePipe)),
    line(right.map((stands) => (stands ? "---:" : "---"))),
    ...cells.map((row) =>
      line(row.map(({ text, bold }) => (bold ? `**${escapePipe(text)}**` : escapePipe(text)))),
    ),
  ].join("\n");
}

function plain({ titles, right, cells, caption }: Laid): string {
  const widths = titles.map((title, place) =>
    cells.reduce((width, row) => Math.max(width, row[place].text.length), title.length),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, place) => (right[place] ? text.padStart(widths[place]) : text.padEnd(widths[place])))
      .join("  ")
      .trimEnd();
  return [
    ...(caption === undefined ? [] : [caption]),
    line(titles),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...cells.map((row) => line(row.map(({ text }) => text))),
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
