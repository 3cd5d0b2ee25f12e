import { DataError } from "./error";

/** As many malformed lines may be in any file; in one of more than 10,000 lines, as many as this share of them. */
const FEW = 10;
const SHARE = 0.001;
/** How many lines must have been read before their share says something of the whole file. */
const SAMPLE = 100_000;
/** How many are named. */
const NAMED = 3;

/** What was read, and what is to be known about it. */
export interface Tolerated<T> {
  value: T;
  warnings: string[];
}

export interface Tolerance {
  /** Reads a line; a DataError of it counts as a malformed line, which is passed over. @throws DataError once there are too many */
  attempt(line: number, read: () => void): void;
  /** After the last line: a warning that names the first malformed ones, if there are any. @throws DataError where there are too many */
  finish(lines: number): string[];
}

/**
 * Goes on past malformed lines while they are few: a file of millions of lines that others wrote has some, and nobody can mend it. "Few" is 10,
 * or 1 of 1,000 lines.
 */
export function tolerance(file: string): Tolerance {
  const first: string[] = [];
  let count = 0;

  function requireFew(lines: number, limit: number): void {
    if (count <= limit) return;
    const problem = `${count} of ${lines} lines are malformed, more than ${limit}: ${first.join(" ")}`;
    throw new DataError(problem, { file }, "Fetch the file anew.");
  }

  return {
    attempt(line, read) {
      try {
        read();
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        count++;
        if (first.length < NAMED) first.push(error.message);
        requireFew(line, Math.max(SAMPLE, line) * SHARE);
      }
    },
    finish(lines) {
      if (lines === 0) throw new DataError("The file is empty.", { file }, "Fetch the file anew.");
      requireFew(lines, Math.max(FEW, Math.floor(lines * SHARE)));
      if (count === 0) return [];
      return [`${file}: ${count} of ${lines} lines are malformed and were passed over: ${first.join(" ")}`];
    },
  };
}
