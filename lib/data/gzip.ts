import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "./error";

/** Whether a file begins as gzip files do. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The content of a file as a stream, unpacked where it is a gzip file, whatever its name. Damage is an error of the stream. */
export async function contentOf(path: string): Promise<AsyncIterable<Buffer>> {
  if (!(await isGzip(path))) return createReadStream(path);
  const unpacked = createGunzip();
  pipeline(createReadStream(path), unpacked, () => {}); // an error of either reaches the reader of `unpacked`
  return unpacked;
}

/**
 * Unpacks a gzip file to nowhere: its own checksum and length tell whether it is whole.
 * @throws DataError where it is cut short, damaged, or no gzip file
 */
export async function checkGzip(path: string): Promise<void> {
  if (!(await isGzip(path)))
    throw new DataError("The file is no gzip file.", { file: path }, "Fetch the file anew.");
  try {
    for await (const chunk of await contentOf(path)) if (chunk.length === 0) break;
  } catch (error) {
    throw explainGzip(error, { file: path }) ?? error;
  }
}

/** What zlib's error means, or undefined where it is not one of zlib's. */
export function explainGzip(
  error: unknown,
  location: { file: string; line?: number },
): DataError | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR")
    return new DataError("The gzip file is cut short after this.", location, "Fetch the file anew.");
  if (typeof code === "string" && code.startsWith("Z_"))
    return new DataError(
      `The gzip file is damaged: ${(error as Error).message}.`,
      location,
      "Fetch the file anew.",
    );
  return undefined;
}
