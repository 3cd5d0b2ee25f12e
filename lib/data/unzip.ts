import { type FileHandle, open } from "node:fs/promises";
import { crc32, inflateRawSync } from "node:zlib";
import { DataError } from "./error";

/** What the central directory of a zip file says about a member. */
export interface ZipEntry {
  path: string;
  method: number;
  encrypted: boolean;
  crc: number;
  compressedBytes: number;
  bytes: number;
  headerOffset: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const ZIP64 = 0xffffffff;
const REMEDY = "Fetch it anew.";

/**
 * Reads chosen members of a zip file (or wheel) into memory: stored or deflated ones, checked by their CRC-32.
 * Encrypted and zip64 archives are refused.
 * @returns the bytes of each path asked for
 * @throws DataError when the archive is damaged or lacks a member
 */
export async function readZipMembers(file: string, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const handle = await open(file, "r");
  try {
    const entries = await readDirectory(handle, file);
    const contents = new Map<string, Buffer>();
    for (const path of paths) {
      const entry = entries.find((candidate) => candidate.path === path);
      if (entry === undefined) {
        throw new DataError(
          `The archive has no member "${path}" among its ${entries.length}.`,
          { file },
          REMEDY,
        );
      }
      contents.set(path, await readMember(handle, entry, file));
    }
    return contents;
  } finally {
    await handle.close();
  }
}

async function readDirectory(handle: FileHandle, file: string): Promise<ZipEntry[]> {
  const { size } = await handle.stat();
  const tailStart = Math.max(0, size - END_BYTES - MAX_COMMENT);
  const tail = await readExactly(handle, tailStart, size - tailStart, file);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw damaged(file, "it has no directory: not a zip file, or cut short");

  const count = tail.readUInt16LE(end + 10);
  const directory = await readExactly(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12), file);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw damaged(file, `its directory breaks off at entry ${k + 1} of ${count}`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      path: directory.toString("utf8", at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      crc: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function readMember(handle: FileHandle, entry: ZipEntry, file: string): Promise<Buffer> {
  if (entry.encrypted || entry.bytes === ZIP64 || entry.headerOffset === ZIP64) {
    throw damaged(file, `"${entry.path}" is encrypted or in zip64 form, which is not supported`);
  }
  const header = await readExactly(handle, entry.headerOffset, 30, file);
  if (header.readUInt32LE(0) !== LOCAL_HEADER)
    throw damaged(file, `"${entry.path}" is not where it should be`);
  // The local header's name and extra field may be longer than the directory's copy.
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readExactly(handle, start, entry.compressedBytes, file);
  const content = unpack(packed, entry, file);
  if (content.length !== entry.bytes || crc32(content) !== entry.crc) {
    throw damaged(file, `"${entry.path}" does not have its CRC-32`);
  }
  return content;
}

function unpack(packed: Buffer, entry: ZipEntry, file: string): Buffer {
  if (entry.method === 0) return packed;
  if (entry.method !== 8)
    throw damaged(file, `"${entry.path}" is packed by method ${entry.method}, not supported`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch (error) {
    throw damaged(
      file,
      `"${entry.path}" cannot be unpacked (${error instanceof Error ? error.message : error})`,
    );
  }
}

async function readExactly(
  handle: FileHandle,
  position: number,
  length: number,
  file: string,
): Promise<Buffer> {
  const { size } = await handle.stat();
  if (position + length > size)
    throw damaged(file, `it ends at byte ${size}, before byte ${position + length}`);
  const buffer = Buffer.alloc(length);
  await handle.read(buffer, 0, length, position);
  return buffer;
}

function damaged(file: string, detail: string): DataError {
  return new DataError(`The archive is damaged: ${detail}.`, { file }, REMEDY);
}
