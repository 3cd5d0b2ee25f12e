import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { DataError } from "../../data/error";
import { withLock } from "../../data/lock";
import type { Language, Problem, Rewrite, RewriterSettings, Rewriting } from "../../papers/olymmath";

/** Who has written a rewriting, and how. */
export interface Rewriter extends RewriterSettings {
  readonly rewriter: string;
}

const lineSchema = z
  .object({
    /** {@link problemHash} */
    problem: z.string(),
    rewriter: z.string(),
    temperature: z.number(),
    maxTokens: z.number(),
    seed: z.number(),
    text: z.string().min(1),
    isCut: z.boolean(),
  })
  .strict();
type Line = z.infer<typeof lineSchema>;

/** Rewritings that were written before: JSON Lines, only ever appended to, each on the disk before the next counts. */
export interface RewriteFile {
  find(problem: string, rewriter: Rewriter, seed: number): Rewriting | undefined;
  append(line: Line): void;
}

/** A name of a problem's text. */
export function problemHash({ text, language }: Pick<Problem, "text" | "language">): string {
  return createHash("sha256").update(`${language}\n${text}`).digest("hex");
}

/** Milliseconds to wait for another process: enough to clear away the lock of one that was killed. */
const LOCK_PATIENCE = 1_000;

/**
 * Opens a file of rewritings, makes it where there is none, and holds it while `work` goes on. A last line that was torn is cut away.
 * @throws DataError where another process holds it, or a line cannot be read
 */
export async function withRewriteFile<T>(path: string, work: (file: RewriteFile) => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  try {
    return await withLock(lock, () => holding(path, work), { timeout: LOCK_PATIENCE, interval: 50 });
  } catch (error) {
    if (!(error instanceof DataError && error.location.file === lock)) throw error;
    const remedy = `Wait for it, or, if there is none, delete the folder ${lock}.`;
    throw new DataError("Another process writes to the file of rewritings.", { file: path }, remedy);
  }
}

async function holding<T>(path: string, work: (file: RewriteFile) => Promise<T>): Promise<T> {
  const found = readRewriteFile(path);
  mkdirSync(dirname(path), { recursive: true });
  const handle = openSync(path, existsSync(path) ? "r+" : "w+");
  let { length } = found;
  try {
    ftruncateSync(handle, length);
    return await work({
      find: (problem, rewriter, seed) => found.lines.get(keyOf({ problem, ...rewriter, seed })),
      append(line) {
        const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
        for (let done = 0; done < bytes.length; )
          done += writeSync(handle, bytes, done, bytes.length - done, length + done);
        fsyncSync(handle);
        length += bytes.length;
        found.lines.set(keyOf(line), line);
      },
    });
  } finally {
    closeSync(handle);
  }
}

/**
 * How many of these rewritings a file has; nobody needs to hold it.
 * @throws DataError where a line cannot be read
 */
export function countRewritings(
  path: string,
  problems: readonly Problem[],
  rewriter: Rewriter,
  seeds: readonly number[],
): number {
  const { lines } = readRewriteFile(path);
  return problems
    .map(problemHash)
    .flatMap((problem) => seeds.filter((seed) => lines.has(keyOf({ problem, ...rewriter, seed })))).length;
}

/** The lines by what they answer, and the bytes of all that are whole. */
function readRewriteFile(path: string): { readonly lines: Map<string, Line>; readonly length: number } {
  const lines = new Map<string, Line>();
  if (!existsSync(path)) return { lines, length: 0 };
  const bytes = readFileSync(path);
  const length = bytes.lastIndexOf("\n") + 1;
  const whole = bytes.subarray(0, length).toString("utf8");
  for (const [row, text] of whole.split("\n").slice(0, -1).entries()) {
    const line = readLine(text, path, row + 1);
    lines.set(keyOf(line), line);
  }
  return { lines, length };
}

function readLine(text: string, file: string, line: number): Line {
  const remedy = "Remove the line: the problem is rewritten again.";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DataError("The line is not JSON.", { file, line }, remedy);
  }
  const result = lineSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  throw new DataError(`${message}.`, { file, line, field: path.join(".") }, remedy);
}

function keyOf({ problem, rewriter, temperature, maxTokens, seed }: Omit<Line, "text" | "isCut">): string {
  return JSON.stringify([problem, rewriter, temperature, maxTokens, seed]);
}

/** The rewriter, asked only for what the file does not have; what it writes goes there. */
export function remembered(
  rewrite: Rewrite,
  file: RewriteFile,
  rewriter: Rewriter,
  onNew: () => void,
): Rewrite {
  return async (text: string, language: Language, seed: number, signal?: AbortSignal) => {
    const problem = problemHash({ text, language });
    const before = file.find(problem, rewriter, seed);
    if (before !== undefined) return before;
    const written = await rewrite(text, language, seed, signal);
    const { temperature, maxTokens } = rewriter;
    file.append({ problem, rewriter: rewriter.rewriter, temperature, maxTokens, seed, ...written });
    onNew();
    return written;
  };
}
