import { isUtf8 } from "node:buffer";
import type { ByteSource } from "./byteSource";
import { type FilePlace, GET_ANEW, ModelFileError } from "./error";

/** Reads little-endian values one after the other; every read is checked against the end of the file. */
export interface HeaderReader {
  /** The place of the next byte in the file. */
  position(): number;
  /** The bytes from here to the end of the file. */
  remaining(): number;
  /** What is being read, for errors. */
  about: { tensor?: string; key?: string };
  u8(): number;
  i8(): number;
  u16(): number;
  i16(): number;
  u32(): number;
  i32(): number;
  f32(): number;
  f64(): number;
  u64(): bigint;
  i64(): bigint;
  /** A u64 that counts or places something. @throws beyond 2⁵³ - 1, where numbers are no longer exact */
  count(what: string): number;
  /** The next bytes, in an ArrayBuffer of their own. */
  bytes(length: number): Uint8Array;
  /** A u64 of its bytes, then UTF-8. */
  string(what: string): string;
  /** @param byte default: here */
  fail(problem: string, remedy?: string, byte?: number): never;
}

/** Headers are read in pieces of this size: they are long lists of short strings. */
const WINDOW = 1 << 20;
const REPLACEMENT = "\ufffd";

export function headerReader(source: ByteSource): HeaderReader {
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  let next = 0;

  /** Makes the next bytes present; answers their place in the window, and passes them. */
  function take(length: number): number {
    if (length > source.size - next)
      fail(`${length} bytes are needed from here, and the file ends after ${source.size}`);
    if (next + length > windowStart + window.length) {
      const bytes = source.read(next, Math.min(Math.max(length, WINDOW), source.size - next));
      window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      windowStart = next;
    }
    const index = next - windowStart;
    next += length;
    return index;
  }

  function fail(problem: string, remedy = GET_ANEW, byte = next): never {
    const place: FilePlace = { file: source.name, ...reader.about, byte };
    throw new ModelFileError(problem, place, remedy);
  }

  function count(what: string): number {
    const index = take(8);
    const low = window.readUInt32LE(index);
    const high = window.readUInt32LE(index + 4);
    if (high >= 0x200000)
      fail(`${what} is ${window.readBigUInt64LE(index)}, beyond 2⁵³ - 1`, GET_ANEW, next - 8);
    return high * 0x100000000 + low;
  }

  function string(what: string): string {
    const length = count(`the length of ${what}`);
    if (length > source.size - next)
      fail(`${what} should have ${length} bytes, and the file ends after ${source.size}`);
    const index = take(length);
    const text = window.toString("utf8", index, index + length);
    // Decoding puts this character for what is not UTF-8; a text may have it rightly.
    if (text.includes(REPLACEMENT) && !isUtf8(window.subarray(index, index + length)))
      fail(`${what} is not UTF-8`, GET_ANEW, next - length);
    return text;
  }

  function scalar<T>(width: number, read: (bytes: Buffer, index: number) => T): () => T {
    return () => {
      const index = take(width); // first: it may move the window
      return read(window, index);
    };
  }

  const reader: HeaderReader = {
    position: () => next,
    remaining: () => source.size - next,
    about: {},
    u8: scalar(1, (bytes, index) => bytes.readUInt8(index)),
    i8: scalar(1, (bytes, index) => bytes.readInt8(index)),
    u16: scalar(2, (bytes, index) => bytes.readUInt16LE(index)),
    i16: scalar(2, (bytes, index) => bytes.readInt16LE(index)),
    u32: scalar(4, (bytes, index) => bytes.readUInt32LE(index)),
    i32: scalar(4, (bytes, index) => bytes.readInt32LE(index)),
    f32: scalar(4, (bytes, index) => bytes.readFloatLE(index)),
    f64: scalar(8, (bytes, index) => bytes.readDoubleLE(index)),
    u64: scalar(8, (bytes, index) => bytes.readBigUInt64LE(index)),
    i64: scalar(8, (bytes, index) => bytes.readBigInt64LE(index)),
    count,
    string,
    bytes(length) {
      const index = take(length);
      const copy = new Uint8Array(length);
      copy.set(window.subarray(index, index + length));
      return copy;
    },
    fail,
  };
  return reader;
}
