import { z } from "zod";
import { DataError } from "./error";
import { forEachLine } from "./lines";

/** A problem with an answer that a program can check, as the files of the benchmark have it. */
export interface ProblemRow {
  /** LaTeX. */
  readonly problem: string;
  /** LaTeX without `$`. */
  readonly answer: string;
  readonly subject: string;
  readonly unique_id: string;
  /** A wrong answer that a tempting shortcut gives; no official file has any. */
  readonly trap?: string;
}

/** With the flag u a whole pair is one character, which no surrogate matches. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const text = z
  .string()
  .refine((value) => value.trim() !== "", "The text is empty.")
  .refine((value) => !LONE_SURROGATE.test(value), "The text has half a surrogate pair.");
const answer = text.refine((value) => !value.includes("$"), "The answer has a dollar sign.");

const row = z
  .object({ problem: text, answer, subject: text, unique_id: text, trap: answer.optional() })
  .strict();

export const PROBLEM_ROW_REMEDY = "Mend the row, or fetch the file anew.";

/**
 * Calls `onRow` with every row of a file of problems: a JSON object a line, `{problem, answer, subject, unique_id, trap?}`.
 * @throws DataError that names file, line and field: no file, no row, no JSON, a field that is missing, unknown, empty or of another type
 * @see RUCAIBox/OlymMATH, `data/*.jsonl`
 */
export async function forEachProblemRow(
  path: string,
  onRow: (row: ProblemRow, line: number) => void,
): Promise<void> {
  let rows = 0;
  await forEachLine(path, "utf-8", (content, line) => {
    onRow(parseRow(content, path, line), line);
    rows++;
  });
  if (rows === 0) throw new DataError("The file is empty.", { file: path }, "Fetch the file anew.");
}

/** Checks every row, and that no name comes twice. @returns how many there are */
export async function countProblemRows(path: string): Promise<number> {
  const lineOf = new Map<string, number>();
  await forEachProblemRow(path, ({ unique_id: name }, line) => {
    const earlier = lineOf.get(name);
    if (earlier !== undefined) {
      const place = { file: path, line, field: "unique_id" };
      throw new DataError(`The name has line ${earlier} already.`, place, PROBLEM_ROW_REMEDY);
    }
    lineOf.set(name, line);
  });
  return lineOf.size;
}

function parseRow(content: string, file: string, line: number): ProblemRow {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    const problem = `The line is not JSON: ${(error as Error).message}.`;
    throw new DataError(problem, { file, line }, PROBLEM_ROW_REMEDY);
  }
  const parsed = row.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const problem = message.endsWith(".") ? message : `${message}.`;
  throw new DataError(problem, { file, line, field: path.join(".") }, PROBLEM_ROW_REMEDY);
}
