import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { GET_ANEW, ModelFileError } from "./error";

/** Bytes that are read where they lie: a model's file is never copied as a whole. */
export interface ByteSource {
  /** As errors name it: a path. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes of a range. They may be shared with the source: do not write to them.
   * @throws ModelFileError where the range does not lie inside the source
   */
  read(offset: number, length: number): Uint8Array;
  /** Calling it twice does no harm; reading afterwards is an error. */
  close(): void;
}

/** The operating system reads at most 2³¹ - 1 bytes at once. */
const LARGEST_READ = 2 ** 30;

/**
 * A file on disk. Each read gives fresh bytes that fill an ArrayBuffer of their own.
 * @throws ModelFileError where there is no such file, or it is no plain file
 */
export function fileSource(path: string): ByteSource {
  let file: number | undefined = open(path);
  const stats = fstatSync(file);
  if (!stats.isFile()) {
    closeSync(file);
    throw new ModelFileError("it is no file", { file: path }, "Give the path of the file itself.");
  }
  const { size } = stats;
  return {
    name: path,
    size,
    read(offset, length) {
      checkRange(path, size, offset, length);
      if (file === undefined) throw closed(path);
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const count = readSync(file, bytes, at, Math.min(length - at, LARGEST_READ), offset + at);
        if (count === 0)
          throw new ModelFileError(
            `it became shorter while it was being read: it had ${size} bytes`,
            { file: path, byte: offset + at },
            "Wait until it is written, and load it again.",
          );
        at += count;
      }
      return bytes;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Bytes that are in memory already: reading copies nothing. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  let open = true;
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(name, bytes.length, offset, length);
      if (!open) throw closed(name);
      return bytes.subarray(offset, offset + length);
    },
    close() {
      open = false;
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "there is no such file" : `it cannot be opened (${message})`;
    throw new ModelFileError(problem, { file: path }, "Check the path and its permissions.", {
      cause: error,
    });
  }
}

function checkRange(file: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new ModelFileError(
    `${length} bytes are needed from here, and the file has ${size}`,
    { file, byte: offset },
    GET_ANEW,
  );
}

function closed(file: string): ModelFileError {
  return new ModelFileError("it is read after it was closed", { file }, "Close it after the last read.");
}
