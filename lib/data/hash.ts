import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { DataError } from "./error";

/** SHA-256 of a file, in hexadecimal; read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}

export interface ExpectedFile {
  /** Without it, the size alone is checked. */
  sha256?: string;
  bytes?: number;
}

/**
 * Checks a file against what its manifest says.
 * @throws DataError with expected and actual size or hash
 */
export async function verifyFile(path: string, expected: ExpectedFile, remedy: string): Promise<void> {
  const { size } = await stat(path);
  if (expected.bytes !== undefined && size !== expected.bytes) {
    const kind = size < expected.bytes ? "cut short" : "too long";
    const problem = `The file is ${kind}: ${size} bytes, expected ${expected.bytes}.`;
    throw new DataError(problem, { file: path }, remedy);
  }
  if (expected.sha256 === undefined) return;
  const actual = await sha256OfFile(path);
  if (actual !== expected.sha256) {
    throw new DataError(`The SHA-256 is ${actual}, expected ${expected.sha256}.`, { file: path }, remedy);
  }
}
