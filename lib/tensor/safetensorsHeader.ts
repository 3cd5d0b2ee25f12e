import { isUtf8 } from "node:buffer";
import { type StoredDtype, widths } from "./safetensorsDtypes";

/**
 * The safetensors format: eight bytes that give the header's length, a JSON header that gives each tensor's dtype, shape and place, then
 * the numbers, little-endian, row by row.
 * @see https://github.com/huggingface/safetensors
 */

/** What the header of a safetensors file says of one tensor. */
export interface SafetensorsEntry {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Where the numbers begin and end, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

/** Strings that travel with a checkpoint. */
export type Metadata = Readonly<Record<string, string>>;

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Metadata;
  /** Where the numbers begin in the file, in bytes. */
  readonly start: number;
}

/** A file that can be read at any place. */
export interface PositionedFile {
  /** In bytes. */
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/**
 * Throws the error of whoever reads the file, which names the file.
 * @param reason  a clause without a full stop
 * @param byte    where in the file that is, if it is known
 */
export type Refuse = (reason: string, byte?: number) => never;

export const METADATA = "__metadata__";
export const LENGTH_BYTES = 8;
/** As the reference implementation limits it. */
const LARGEST_HEADER = 100_000_000;

/**
 * Reads and checks the header of a safetensors file: its tensors must cover the rest of the file, without holes and overlaps.
 * Nothing is read beyond the header.
 */
export function readSafetensorsHeader(file: PositionedFile, refuse: Refuse): SafetensorsHeader {
  const { size } = file;
  if (size < LENGTH_BYTES) refuse(`it has ${size} bytes, too few for a safetensors file`);
  const lengthBytes = file.read(0, LENGTH_BYTES);
  const length = Number(
    new DataView(lengthBytes.buffer, lengthBytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true),
  );
  if (length > LARGEST_HEADER)
    refuse("it is no safetensors file: its first eight bytes give no header length", 0);
  const start = LENGTH_BYTES + length;
  if (start > size)
    refuse(`its header should have ${length} bytes, and the file is cut off after ${size}`, 0);
  const { [METADATA]: metadata = {}, ...rest } = parseHeader(file.read(LENGTH_BYTES, length), refuse);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    refuse(`its ${METADATA} is not a record of strings`, LENGTH_BYTES);
  const entries = new Map(
    Object.entries(rest).map(([name, entry]) => [name, checkEntry(entry, name, refuse)]),
  );
  checkCover(entries, start, size, refuse);
  return { entries, metadata: metadata as Metadata, start };
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  if (!isUtf8(bytes)) refuse("its header is not UTF-8", LENGTH_BYTES);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    return refuse(`its header is not JSON (${(error as Error).message})`, LENGTH_BYTES);
  }
  if (!isRecord(header)) return refuse("its header is no JSON object", LENGTH_BYTES);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) refuse(`its header has the key "${repeated}" twice`, LENGTH_BYTES);
  return header;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A key that stands twice in one object of a JSON text: `JSON.parse` keeps the last one in silence.
 * @param json  a text that `JSON.parse` accepts
 */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; an open array has none
  let lastString = "";
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const from = at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      lastString = json.slice(from, at + 1);
    } else if (character === ":") {
      const key = JSON.parse(lastString) as string; // an escape does not make another key
      const keys = open[open.length - 1];
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function checkEntry(value: unknown, name: string, refuse: Refuse): SafetensorsEntry {
  const fail = (reason: string) => refuse(`tensor ${name} ${reason}`);
  const isCount = (x: unknown) => Number.isSafeInteger(x) && (x as number) >= 0;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<SafetensorsEntry>;
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail("has no proper shape");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1])
    return fail("has no proper data_offsets");
  if (typeof dtype !== "string" || !Object.hasOwn(widths, dtype))
    return fail(`has the dtype ${format(dtype)}; known are ${Object.keys(widths).join(", ")}`);
  const bytes = shape.reduce((product: number, size: number) => product * size, widths[dtype]);
  if (offsets[1] - offsets[0] !== bytes)
    refuse(`tensor ${name}, ${dtype} [${shape}], needs ${bytes} bytes, and has ${offsets[1] - offsets[0]}`);
  return { dtype, shape, data_offsets: [offsets[0], offsets[1]] };
}

/** Whatever a header has in a dtype's place. */
function format(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function checkCover(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  start: number,
  size: number,
  refuse: Refuse,
): void {
  let covered = 0;
  const inOrder = [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  for (const [tensor, { data_offsets }] of inOrder) {
    const [from, to] = data_offsets;
    const byte = start + from;
    if (from < covered) refuse(`tensor ${tensor} overlaps the one before it`, byte);
    if (from > covered) refuse(`there is a hole of ${from - covered} bytes before tensor ${tensor}`, byte);
    if (start + to > size)
      refuse(`tensor ${tensor} ends at byte ${start + to}, and the file is cut off after ${size}`, byte);
    covered = to;
  }
  if (start + covered < size)
    refuse(`${size - start - covered} bytes after its last tensor belong to none`, start + covered);
}
