import { z } from "zod";
import { DataError } from "./error";
import { forEachLine } from "./lines";

/** A query, a document that answers it, and documents that do not. */
export interface RelevanceRow {
  readonly query: string;
  readonly positive: string;
  /** About something near: what a search engine ranked high. At least one. */
  readonly hardNegatives: readonly string[];
  /** About anything; none where the file has none. */
  readonly randomNegatives: readonly string[];
}

/** Blanks at either end are kept: they are part of what the authors' prompts hold. */
const text = z
  .string()
  .refine((value) => value.trim() !== "", "The text is empty.")
  .refine((value) => !LONE_SURROGATE.test(value), "The text has half a surrogate pair.");

/** With the flag u a whole pair is one character, which no surrogate matches. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const row = z
  .object({
    query: text,
    positive_document: text,
    hard_negative_document: z.array(text).min(1, "There must be at least one document."),
    random_negative_document: z.array(text).optional(),
  })
  .strict();

/**
 * The data of the paper's authors: a JSON object a line, `{query, positive_document, hard_negative_document[], random_negative_document[]?}`.
 * @returns the rows in the order of the file
 * @throws DataError that names file, line and field: no JSON, a field that is missing, unknown, empty or of another type, a query that an earlier
 * line has, a negative that is the positive
 * @see liuqi6777/llm-relevance, `data/*.jsonl`
 */
export async function readRelevanceRows(path: string): Promise<RelevanceRow[]> {
  const rows: RelevanceRow[] = [];
  const lineOfQuery = new Map<string, number>();
  await forEachLine(path, "utf-8", (content, line) => {
    const found = parseRow(content, path, line);
    const earlier = lineOfQuery.get(found.query);
    if (earlier !== undefined)
      throw new DataError(
        `The query has line ${earlier} already.`,
        { file: path, line, field: "query" },
        REMEDY,
      );
    lineOfQuery.set(found.query, line);
    rows.push(found);
  });
  if (rows.length === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
  return rows;
}

const REMEDY = "Mend the row, or fetch the file anew.";

function parseRow(content: string, file: string, line: number): RelevanceRow {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`The line is not JSON: ${reason}.`, { file, line }, REMEDY);
  }
  const parsed = row.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    const problem = message.endsWith(".") ? message : `${message}.`;
    throw new DataError(problem, { file, line, field: path.join(".") }, REMEDY);
  }
  const {
    query,
    positive_document: positive,
    hard_negative_document,
    random_negative_document,
  } = parsed.data;
  for (const [field, documents] of Object.entries({ hard_negative_document, random_negative_document })) {
    const same = documents?.indexOf(positive) ?? -1;
    if (same >= 0)
      throw new DataError(
        "The document is the positive one.",
        { file, line, field: `${field}.${same}` },
        REMEDY,
      );
  }
  return {
    query,
    positive,
    hardNegatives: hard_negative_document,
    randomNegatives: random_negative_document ?? [],
  };
}
