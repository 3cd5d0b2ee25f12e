import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tableText } from "../notebook/table";
import { type Notebook, taggedCell } from "./notebooks";

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.object({ mean: z.number(), std: z.number() }),
]);

/** What of `figures/<paper>/results.json` is shown: its tables; the file holds more (seeds, commit, machine, date). */
const resultsSchema = z
  .object({
    tables: z
      .array(
        z.object({
          title: z.string(),
          columns: z.array(z.string()).optional(),
          rows: z.array(z.record(value)).min(1),
        }),
      )
      .min(1),
  })
  .passthrough();

/**
 * The tables of a results file as text; undefined where there is no such file, it holds no tables, or it is older than `since`.
 * @param since milliseconds; a file from before a run does not speak for the run
 */
export function resultsFromFile(path: string, since = 0): string | undefined {
  if (!existsSync(path) || statSync(path).mtimeMs < since) return undefined;
  const parsed = resultsSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) return undefined;
  return parsed.data.tables
    .map(({ title, columns, rows }) => `${title}\n\n${tableText(rows, { columns })}`)
    .join("\n\n");
}

/** What the cell tagged `results` printed: its streams and the plain-text form of its displays. */
export function resultsFromNotebook(notebook: Notebook): string | undefined {
  let text = "";
  for (const output of taggedCell(notebook, "results")?.outputs ?? []) {
    if (output.output_type === "stream") {
      text += output.text ?? "";
      continue;
    }
    const plain = output.data?.["text/plain"];
    const shown = Array.isArray(plain) ? plain.join("") : typeof plain === "string" ? plain : "";
    if (shown.trim() !== "") text += `${text === "" || text.endsWith("\n") ? "" : "\n"}${shown}\n`;
  }
  return text.trim() === "" ? undefined : text.trimEnd();
}

/** The pictures of a paper, written since a time. */
export function figureFiles(folder: string, since = 0): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.(svg|png)$/.test(file))
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).mtimeMs >= since)
    .sort();
}
