import type { HeaderReader } from "./headerReader";

/** Numbers of a metadata array, in the width in which the file has them. */
export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

export type MetadataArray = NumberArray | readonly string[] | readonly boolean[] | readonly MetadataArray[];

/** A 64-bit integer is a number where that is exact, else a bigint. */
export type MetadataValue = number | bigint | boolean | string | MetadataArray;

interface ValueType {
  readonly name: string;
  /** The fewest bytes of one value: what a count of them is checked by before anything is made for them. */
  readonly bytes: number;
  readonly read: (reader: HeaderReader) => MetadataValue;
  /** Of numbers: an array over bytes that hold the elements back to back. */
  readonly array?: (bytes: ArrayBuffer) => NumberArray;
}

const STRING = 8;
const ARRAY = 9;

/** The types of metadata values by their id in the file; arrays (9) come in {@link metadataReader}. */
const valueTypes: Readonly<Record<number, ValueType>> = {
  0: { name: "u8", bytes: 1, read: (reader) => reader.u8(), array: (bytes) => new Uint8Array(bytes) },
  1: { name: "i8", bytes: 1, read: (reader) => reader.i8(), array: (bytes) => new Int8Array(bytes) },
  2: { name: "u16", bytes: 2, read: (reader) => reader.u16(), array: (bytes) => new Uint16Array(bytes) },
  3: { name: "i16", bytes: 2, read: (reader) => reader.i16(), array: (bytes) => new Int16Array(bytes) },
  4: { name: "u32", bytes: 4, read: (reader) => reader.u32(), array: (bytes) => new Uint32Array(bytes) },
  5: { name: "i32", bytes: 4, read: (reader) => reader.i32(), array: (bytes) => new Int32Array(bytes) },
  6: { name: "f32", bytes: 4, read: (reader) => reader.f32(), array: (bytes) => new Float32Array(bytes) },
  7: { name: "bool", bytes: 1, read: readBoolean },
  [STRING]: { name: "string", bytes: 8, read: (reader) => reader.string("a string") },
  10: { name: "u64", bytes: 8, read: (r) => exact(r.u64()), array: (bytes) => new BigUint64Array(bytes) },
  11: { name: "i64", bytes: 8, read: (r) => exact(r.i64()), array: (bytes) => new BigInt64Array(bytes) },
  12: { name: "f64", bytes: 8, read: (reader) => reader.f64(), array: (bytes) => new Float64Array(bytes) },
};

/** An array says its element type (4 bytes) and its length (8 bytes). */
const ARRAY_BYTES = 12;
/** Deeper than any writer nests, and far from the end of the stack. */
const DEEPEST = 16;
/** In one file. An empty array takes twenty times as much memory as room in the file: a small file must not fill the memory with them. */
const MOST_ARRAYS = 100_000;

/** Reads the values of a file one by one: a u32 type, then a value of it. */
export function metadataReader(reader: HeaderReader): () => MetadataValue {
  let arrays = 0;

  function readArray(depth: number): MetadataArray {
    if (depth > DEEPEST) reader.fail(`arrays are nested more than ${DEEPEST} deep`);
    if (++arrays > MOST_ARRAYS) reader.fail(`the metadata have more than ${MOST_ARRAYS} arrays`);
    const element = reader.u32();
    const type = element === ARRAY ? undefined : typeOf(element, reader);
    const count = reader.count("the length of an array");
    const fewest = type?.bytes ?? ARRAY_BYTES;
    if (count > reader.remaining() / fewest)
      reader.fail(
        `an array of ${count} ${type?.name ?? "array"} values needs at least ${count * fewest} bytes, and ${reader.remaining()} are left`,
      );
    if (type?.array) return type.array(reader.bytes(count * type.bytes).buffer as ArrayBuffer);
    const values: MetadataValue[] = [];
    for (let k = 0; k < count; k++) values.push(type ? type.read(reader) : readArray(depth + 1));
    return values as MetadataArray;
  }

  return () => {
    const type = reader.u32();
    return type === ARRAY ? readArray(1) : typeOf(type, reader).read(reader);
  };
}

function typeOf(id: number, reader: HeaderReader): ValueType {
  return (
    valueTypes[id] ??
    reader.fail(`there is no type of metadata ${id}; known are 0 to 12`, undefined, reader.position() - 4)
  );
}

function readBoolean(reader: HeaderReader): boolean {
  const byte = reader.u8();
  if (byte > 1) reader.fail(`a bool is ${byte}; it must be 0 or 1`, undefined, reader.position() - 1);
  return byte === 1;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
