import type { ByteSource } from "./byteSource";
import { type GgmlType, ggmlTypes } from "./ggmlTypes";

/** Writers of small model files for tests, and sources that are not there. */

/** The ids of metadata types. */
const VALUE_TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;

type ValueType = keyof typeof VALUE_TYPES;

/** A metadata value and how it is written. */
export type WrittenValue =
  | { type: Exclude<ValueType, "array">; value: number | bigint | boolean | string }
  | {
      type: "array";
      of: Exclude<ValueType, "array">;
      values: readonly (number | bigint | boolean | string)[];
    }
  | { type: "array"; of: "array"; values: readonly WrittenValue[] };

export interface WrittenTensor {
  name: string;
  /** Outermost dimension first. */
  shape: readonly number[];
  type: GgmlType | number;
  bytes: Uint8Array;
  /** From where the data start; default: after the tensor before it, aligned. */
  offset?: number | bigint;
}

export interface WrittenGguf {
  version?: number;
  metadata?: Readonly<Record<string, WrittenValue>> | readonly (readonly [string, WrittenValue])[];
  tensors?: readonly WrittenTensor[];
  alignment?: number;
}

/** Bytes one after the other, little-endian. */
export function byteWriter() {
  const parts: Buffer[] = [];
  const add = (length: number, write: (buffer: Buffer) => void) => {
    const buffer = Buffer.alloc(length);
    write(buffer);
    parts.push(buffer);
  };
  const writer = {
    length: () => parts.reduce((sum, part) => sum + part.length, 0),
    done: () => new Uint8Array(Buffer.concat(parts)),
    raw: (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)),
    u8: (x: number) => add(1, (buffer) => buffer.writeUInt8(x)),
    i8: (x: number) => add(1, (buffer) => buffer.writeInt8(x)),
    u16: (x: number) => add(2, (buffer) => buffer.writeUInt16LE(x)),
    i16: (x: number) => add(2, (buffer) => buffer.writeInt16LE(x)),
    u32: (x: number) => add(4, (buffer) => buffer.writeUInt32LE(x)),
    i32: (x: number) => add(4, (buffer) => buffer.writeInt32LE(x)),
    f32: (x: number) => add(4, (buffer) => buffer.writeFloatLE(x)),
    f64: (x: number) => add(8, (buffer) => buffer.writeDoubleLE(x)),
    u64: (x: number | bigint) => add(8, (buffer) => buffer.writeBigUInt64LE(BigInt(x))),
    i64: (x: number | bigint) => add(8, (buffer) => buffer.writeBigInt64LE(BigInt(x))),
    string(text: string) {
      const bytes = Buffer.from(text);
      writer.u64(bytes.length);
      writer.raw(bytes);
    },
  };
  return writer;
}

/** A GGUF file, right or wrong. */
export function ggufBytes({
  version = 3,
  metadata = {},
  tensors = [],
  alignment = 32,
}: WrittenGguf): Uint8Array {
  const writer = byteWriter();
  const keys = Array.isArray(metadata) ? metadata : Object.entries(metadata);
  writer.raw(Buffer.from("GGUF"));
  writer.u32(version);
  writer.u64(tensors.length);
  writer.u64(keys.length);
  for (const [key, value] of keys) {
    writer.string(key);
    writeValue(writer, value);
  }
  const aligned = (at: number) => Math.ceil(at / alignment) * alignment;
  let end = 0;
  const places = tensors.map(({ bytes, offset = aligned(end) }) => {
    end = Number(offset) + bytes.length;
    return offset;
  });
  tensors.forEach(({ name, shape, type }, k) => {
    writer.string(name);
    writer.u32(shape.length);
    for (const size of [...shape].reverse()) writer.u64(size);
    writer.u32(typeof type === "number" ? type : ggmlTypes[type].id);
    writer.u64(places[k]);
  });
  writer.raw(new Uint8Array(aligned(writer.length()) - writer.length()));
  const start = writer.length();
  tensors.forEach(({ bytes }, k) => {
    if (bytes.length === 0) return; // it may be said to lie anywhere
    writer.raw(new Uint8Array(Math.max(0, start + Number(places[k]) - writer.length())));
    writer.raw(bytes);
  });
  return writer.done();
}

function writeValue(writer: ReturnType<typeof byteWriter>, written: WrittenValue): void {
  writer.u32(VALUE_TYPES[written.type]);
  if (written.type === "array") writeArray(writer, written);
  else writeScalar(writer, written.type, written.value);
}

function writeArray(
  writer: ReturnType<typeof byteWriter>,
  array: Extract<WrittenValue, { type: "array" }>,
): void {
  writer.u32(VALUE_TYPES[array.of]);
  writer.u64(array.values.length);
  for (const value of array.values) {
    if (array.of !== "array") writeScalar(writer, array.of, value as number);
    else writeArray(writer, value as Extract<WrittenValue, { type: "array" }>); // an inner array has no type before it
  }
}

function writeScalar(
  writer: ReturnType<typeof byteWriter>,
  type: Exclude<ValueType, "array">,
  value: number | bigint | boolean | string,
): void {
  if (type === "bool") writer.u8(Number(value));
  else (writer[type] as (value: unknown) => void)(value);
}

/** A safetensors file. @param header  an object, or the text of the header */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const writer = byteWriter();
  writer.string(typeof header === "string" ? header : JSON.stringify(header));
  writer.raw(data);
  return writer.done();
}

/** Fails unless both have the same bits; for arrays whose comparison by `toEqual` would take seconds. */
export function expectSameNumbers(found: Float32Array, expected: Float32Array): void {
  if (found.length !== expected.length)
    throw new Error(`There are ${found.length} numbers; there should be ${expected.length}.`);
  const bits = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);
  const [found32, expected32] = [bits(found), bits(expected)];
  const wrong = found32.findIndex((word, k) => word !== expected32[k]);
  if (wrong >= 0) throw new Error(`Number ${wrong} is ${found[wrong]}; it should be ${expected[wrong]}.`);
}

/** A file of any size of which only the beginning is there; what lies beyond is read as zeros. */
export function virtualSource(beginning: Uint8Array, size: number): ByteSource & { reads: number[] } {
  const reads: number[] = [];
  return {
    name: "virtual",
    size,
    /** The length of each read. */
    reads,
    read(offset, length) {
      reads.push(length);
      const bytes = new Uint8Array(length);
      if (offset < beginning.length) bytes.set(beginning.subarray(offset, offset + length));
      return bytes;
    },
    close() {},
  };
}
