import type { ByteSource } from "./byteSource";
import { GET_ANEW, ModelFileError } from "./error";
import { type GgmlType, ggmlTypeNames, ggmlTypeOf, ggmlTypes, unreadTypeName } from "./ggmlTypes";
import { type MetadataValue, metadataReader } from "./ggufValues";
import { type HeaderReader, headerReader } from "./headerReader";

/** One tensor of a GGUF file; its values are read by {@link readTensor}. */
export interface GgufTensor {
  readonly name: string;
  /** Logical, outermost first, as PyTorch has it: a weight is [out, in]. The file has it the other way round. */
  readonly shape: readonly number[];
  readonly type: GgmlType;
  /** Where its bytes begin in the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** A GGUF file: its header is read, its tensors are where they were. */
export interface Gguf {
  readonly source: ByteSource;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const MAGIC = 0x46554747; // "GGUF"
const DEFAULT_ALIGNMENT = 32;
const LARGEST_ALIGNMENT = 2 ** 31;
const MOST_DIMENSIONS = 4;
const LONGEST_NAME = 64; // bytes
const LONGEST_KEY = 65_535; // bytes
/** A key's length, its type, and a value of a byte. */
const FEWEST_KEY_BYTES = 13;
/** A name's length, the count of dimensions, one dimension, type and offset. */
const FEWEST_TENSOR_BYTES = 32;

/**
 * Reads the header of a GGUF file of version 2 or 3. Whatever it says of a tensor is checked against the file's size; the tensors themselves
 * are not read.
 * @throws ModelFileError that names file, key or tensor, and byte
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function openGguf(source: ByteSource): Gguf {
  const reader = headerReader(source);
  const version = readVersion(reader);
  const tensorCount = readCount(reader, "tensors", FEWEST_TENSOR_BYTES);
  const keyCount = readCount(reader, "metadata keys", FEWEST_KEY_BYTES);

  const metadata = new Map<string, MetadataValue>();
  const readValue = metadataReader(reader);
  for (let k = 0; k < keyCount; k++) {
    const start = reader.position();
    const key = reader.string(`the name of metadata key ${k + 1} of ${keyCount}`);
    if (reader.position() - start - 8 > LONGEST_KEY)
      reader.fail(`the name of metadata key ${k + 1} is longer than ${LONGEST_KEY} bytes`, GET_ANEW, start);
    reader.about = { key };
    if (metadata.has(key)) reader.fail("the metadata have this key twice", GET_ANEW, start);
    metadata.set(key, readValue());
    reader.about = {};
  }
  refuseParts(metadata, source.name);
  const alignment = alignmentOf(metadata, source.name);

  const relative: GgufTensor[] = [];
  const names = new Set<string>();
  for (let k = 0; k < tensorCount; k++) {
    const start = reader.position();
    const tensor = readTensorInfo(reader, `${k + 1} of ${tensorCount}`, alignment);
    if (names.has(tensor.name)) reader.fail("two tensors have this name", GET_ANEW, start);
    names.add(tensor.name);
    relative.push(tensor);
    reader.about = {};
  }
  const dataStart = Math.ceil(reader.position() / alignment) * alignment;
  const tensors = relative.map((tensor) => ({ ...tensor, offset: dataStart + tensor.offset }));
  checkPlaces(tensors, source);
  return { source, version, metadata, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}

function readVersion(reader: HeaderReader): number {
  if (reader.remaining() < 8 || reader.u32() !== MAGIC)
    reader.fail(`it is no GGUF file: it does not begin with "GGUF"`, "Give the path of a .gguf file.", 0);
  const version = reader.u32();
  if (version === 2 || version === 3) return version;
  const bigEndian = version !== 0 && (version & 0xffff) === 0;
  return reader.fail(
    bigEndian ? "it is a big-endian file" : `it has version ${version}; versions 2 and 3 can be read`,
    bigEndian ? "Use the little-endian file of the model." : "Convert the model with a current converter.",
    4,
  );
}

function readCount(reader: HeaderReader, what: string, fewestBytes: number): number {
  const count = reader.count(`the count of ${what}`);
  if (count > reader.remaining() / fewestBytes)
    reader.fail(
      `it should have ${count} ${what}, for which the ${reader.remaining()} bytes that are left are too few`,
      GET_ANEW,
      reader.position() - 8,
    );
  return count;
}

/** Large models come in several files, of which only the first has all metadata. */
function refuseParts(metadata: ReadonlyMap<string, MetadataValue>, file: string): void {
  const key = "split.count";
  const parts = metadata.get(key);
  if (typeof parts === "number" && parts > 1)
    throw new ModelFileError(
      `it is one of ${parts} files of a model, which are not put together here`,
      { file, key },
      "Merge them with llama.cpp's gguf-split --merge, and use the result.",
    );
}

function alignmentOf(metadata: ReadonlyMap<string, MetadataValue>, file: string): number {
  const key = "general.alignment";
  const value = metadata.get(key) ?? DEFAULT_ALIGNMENT;
  const isPowerOfTwo = typeof value === "number" && value > 0 && Number.isInteger(Math.log2(value));
  if (!isPowerOfTwo || value > LARGEST_ALIGNMENT)
    throw new ModelFileError(
      `the alignment is ${typeof value === "object" ? "a list" : value}; it must be a power of two up to 2³¹`,
      { file, key },
      GET_ANEW,
    );
  return value;
}

/** @returns the tensor with its offset as the file has it: counted from where the data start */
function readTensorInfo(reader: HeaderReader, which: string, alignment: number): GgufTensor {
  const start = reader.position();
  const name = reader.string(`the name of tensor ${which}`);
  const nameBytes = reader.position() - start - 8;
  reader.about = { tensor: name };
  if (nameBytes > LONGEST_NAME)
    reader.fail(`its name has ${nameBytes} bytes; at most ${LONGEST_NAME} are allowed`, GET_ANEW, start);

  const dimensions = reader.u32();
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS)
    reader.fail(
      `it has ${dimensions} dimensions; 1 to ${MOST_DIMENSIONS} are allowed`,
      GET_ANEW,
      reader.position() - 4,
    );
  const shape: number[] = [];
  for (let k = 0; k < dimensions; k++) {
    const size = reader.count(`dimension ${k + 1}`);
    if (size === 0) reader.fail(`dimension ${k + 1} is 0`, GET_ANEW, reader.position() - 8);
    shape.unshift(size); // the file has the innermost one first
  }

  const id = reader.u32();
  const type =
    ggmlTypeOf(id) ??
    reader.fail(
      `its numbers are of type ${unreadTypeName(id)}, which is not implemented; these are: ${ggmlTypeNames.join(", ")}`,
      "Use a file of another quantisation, such as Q8_0 or Q4_K_M.",
      reader.position() - 4,
    );
  const offset = reader.count("its offset");
  if (offset % alignment !== 0)
    reader.fail(
      `its offset ${offset} is no multiple of the alignment, ${alignment}`,
      GET_ANEW,
      reader.position() - 8,
    );

  const { blockValues, blockBytes } = ggmlTypes[type];
  const inner = shape[shape.length - 1];
  if (inner % blockValues !== 0)
    reader.fail(
      `its rows of ${inner} values are not whole ${type} blocks of ${blockValues}`,
      GET_ANEW,
      start,
    );
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return { name, shape, type, offset, bytes: (inner / blockValues) * blockBytes * rows };
}

/** Every tensor lies inside the file, and none lies on another. */
function checkPlaces(tensors: readonly GgufTensor[], { name: file, size }: ByteSource): void {
  let covered = 0;
  let before = "";
  for (const { name, offset, bytes, shape, type } of [...tensors].sort((a, b) => a.offset - b.offset)) {
    const place = { file, tensor: name, byte: offset };
    if (offset + bytes > size)
      throw new ModelFileError(
        `it needs ${bytes} bytes from here (${type} [${shape}]), and the file ends after ${size}`,
        place,
        GET_ANEW,
      );
    if (offset < covered) throw new ModelFileError(`it overlaps tensor ${before}`, place, GET_ANEW);
    covered = offset + bytes;
    before = name;
  }
}
