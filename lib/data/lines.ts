import { DataError } from "./error";
import { contentOf, explainGzip } from "./gzip";

/** `latin1` means ISO 8859-1, the encoding of the oldest data sets. */
export type TextEncoding = "utf-8" | "latin1";

/**
 * Calls `onLine` with every line of a text file, read as a stream: memory does not grow with the file. A gzip file is unpacked on the way. Only `\n` and `\r\n`
 * end a line (Node's readline also splits at U+2028, which occurs inside titles). An empty last line does not count.
 *
 * @param onLine  the text without its line end, and its number from 1
 * @returns the number of lines
 * @throws DataError when the file cannot be read, is a damaged gzip file, or is not valid text in that encoding
 */
export async function forEachLine(
  path: string,
  encoding: TextEncoding,
  onLine: (text: string, number: number) => void,
): Promise<number> {
  // Node's "latin1" TextDecoder is windows-1252, which differs in 0x80-0x9F; Buffer's is the true one.
  const decoder = encoding === "latin1" ? undefined : new TextDecoder("utf-8", { fatal: true });
  let pending = "";
  let count = 0;

  function consume(text: string): void {
    const parts = text.split("\n");
    parts[0] = pending + parts[0];
    pending = parts.pop()!;
    for (const part of parts) onLine(withoutReturn(part), ++count);
  }

  try {
    for await (const chunk of await contentOf(path)) {
      consume(decoder === undefined ? chunk.toString("latin1") : decoder.decode(chunk, { stream: true }));
    }
    if (decoder !== undefined) consume(decoder.decode());
  } catch (error) {
    throw explain(error, path, count);
  }
  if (pending !== "") onLine(withoutReturn(pending), ++count);
  return count;
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function explain(error: unknown, path: string, count: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") {
    return new DataError("There is no such file.", { file: path }, "Fetch the data set, or mend the path.");
  }
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    const place = { file: path, line: count + 1 };
    return new DataError(
      "The text is not valid UTF-8 from here on.",
      place,
      "Fetch the file anew, or convert it to UTF-8.",
    );
  }
  return explainGzip(error, { file: path, line: count + 1 }) ?? error;
}
