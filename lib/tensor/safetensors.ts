import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { decode, type StoredDtype, storedDtypes, widths } from "./safetensorsDtypes";
import { flattenTree } from "./tree";

/**
 * Checkpoints in the safetensors format: eight bytes that give the header's length, a JSON header that gives each tensor's
 * dtype, shape and place, then the numbers, little-endian, row by row.
 * @see https://github.com/huggingface/safetensors
 */
interface Entry {
  dtype: StoredDtype;
  shape: number[];
  /** Where the numbers begin and end, counted from the end of the header. */
  data_offsets: [number, number];
}

/** Strings that travel with a checkpoint. */
export type Metadata = Readonly<Record<string, string>>;

const METADATA = "__metadata__";
const LENGTH_BYTES = 8;
/** As the reference implementation limits it. */
const LARGEST_HEADER = 100_000_000;

/**
 * Writes tensors to a file, which appears whole or not at all.
 * @param tensors   float32 as F32, int32 as I32, bool as BOOL
 * @throws naming the tensor whose dtype cannot be stored
 */
export function saveTensors(
  path: string,
  tensors: Readonly<Record<string, tf.Tensor>>,
  metadata: Metadata = {},
): void {
  const header: Record<string, Entry | Metadata> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  // The widest numbers first, so that every tensor is aligned to its own width.
  const ordered = Object.entries(tensors).sort(
    ([, a], [, b]) => Number(a.dtype === "bool") - Number(b.dtype === "bool"),
  );
  let offset = 0;
  for (const [name, tensor] of ordered) {
    if (name === METADATA) throw new Error(`${path}: a tensor cannot be named ${METADATA}.`);
    const dtype = storedDtypes.get(tensor.dtype);
    if (dtype === undefined)
      throw new Error(`${path}: tensor ${name} is ${tensor.dtype}, which safetensors cannot hold.`);
    const end = offset + tensor.size * widths[dtype];
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length + padding));
  writeWhole(path, function* () {
    yield length;
    yield json;
    yield Buffer.alloc(padding, " ");
    for (const [, tensor] of ordered) {
      const { buffer, byteOffset, byteLength } = tensor.dataSync();
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  });
}

function writeWhole(path: string, parts: () => Iterable<Uint8Array>): void {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const part of parts()) for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads the tensors of a safetensors file: F64, F16 and BF16 become float32; I64, I16, I8 and U8 become int32.
 * @param names  which ones; default: all
 * @throws naming the file and the tensor: cut off, overlapping, of an unknown dtype, not there, or beyond int32
 */
export function loadTensors(path: string, names?: readonly string[]): Record<string, tf.Tensor> {
  return withFile(path, (file) => {
    const { entries, start } = readHeader(file, path);
    const tensors: Record<string, tf.Tensor> = {};
    try {
      for (const name of names ?? entries.keys()) {
        const entry = entries.get(name);
        if (entry === undefined)
          throw new Error(`${path}: it has no tensor ${name}; it has ${[...entries.keys()].join(", ")}.`);
        const [from, to] = entry.data_offsets;
        const bytes = readBytes(file, start + from, to - from);
        const { values, dtype } = decode(entry.dtype, bytes, `${path}: tensor ${name}`);
        tensors[name] = tf.tensor(values, entry.shape, dtype);
      }
    } catch (error) {
      tf.dispose(tensors);
      throw error;
    }
    return tensors;
  });
}

/** The metadata of a safetensors file, without its tensors. */
export function loadMetadata(path: string): Metadata {
  return withFile(path, (file) => readHeader(file, path).metadata);
}

/** Writes the leaves of a tree, each under its path. */
export function saveTree(path: string, tree: object, metadata: Metadata = {}): void {
  saveTensors(path, Object.fromEntries(flattenTree<object>(tree)), metadata);
}

/**
 * Reads a file that {@link saveTree} wrote into the variables of a tree. Nothing is assigned unless everything fits.
 * @throws naming the paths that are missing, superfluous, or of another shape or dtype
 */
export function loadTree(path: string, tree: object): void {
  const leaves = new Map(flattenTree<object>(tree));
  const tensors = loadTensors(path);
  try {
    const problems: string[] = [];
    for (const [name, leaf] of leaves) {
      const found = tensors[name];
      if (found === undefined) problems.push(`${name} is missing`);
      else if (!(leaf instanceof tf.Variable)) problems.push(`${name} is not a variable in the tree`);
      else if (found.shape.join() !== leaf.shape.join() || found.dtype !== leaf.dtype)
        problems.push(
          `${name} is ${found.dtype} [${found.shape}] in the file, ${leaf.dtype} [${leaf.shape}] in the tree`,
        );
    }
    for (const name of Object.keys(tensors))
      if (!leaves.has(name)) problems.push(`${name} is not in the tree`);
    if (problems.length > 0) throw new Error(`${path} does not fit the tree: ${problems.join("; ")}.`);
    for (const [name, leaf] of leaves) (leaf as tf.Variable).assign(tensors[name]);
  } finally {
    tf.dispose(tensors);
  }
}

interface Header {
  entries: Map<string, Entry>;
  metadata: Metadata;
  /** Where the numbers begin in the file. */
  start: number;
}

function readHeader(file: number, path: string): Header {
  const fail = (reason: string): never => {
    throw new Error(`${path}: ${reason}.`);
  };
  const size = fstatSync(file).size;
  if (size < LENGTH_BYTES) fail(`it has ${size} bytes, too few for a safetensors file`);
  const length = Number(readBytes(file, 0, LENGTH_BYTES).readBigUInt64LE());
  if (length > LARGEST_HEADER) fail("it is no safetensors file: its first eight bytes give no header length");
  const start = LENGTH_BYTES + length;
  if (start > size) fail(`its header should have ${length} bytes, and the file is cut off after ${size}`);
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readBytes(file, LENGTH_BYTES, length).toString("utf8"));
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message})`);
  }
  const { [METADATA]: metadata = {}, ...rest } = json;
  const entries = new Map(Object.entries(rest).map(([name, entry]) => [name, checkEntry(entry, name, fail)]));
  let covered = 0;
  const inOrder = [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  for (const [name, { data_offsets }] of inOrder) {
    const [from, to] = data_offsets;
    if (from < covered) fail(`tensor ${name} overlaps the one before it`);
    if (from > covered) fail(`there is a hole of ${from - covered} bytes before tensor ${name}`);
    if (start + to > size)
      fail(`tensor ${name} ends at byte ${start + to}, and the file is cut off after ${size}`);
    covered = to;
  }
  if (start + covered < size) fail(`${size - start - covered} bytes after its last tensor belong to none`);
  return { entries, metadata: metadata as Metadata, start };
}

function checkEntry(value: unknown, name: string, fail: (reason: string) => never): Entry {
  const isCount = (x: unknown) => Number.isSafeInteger(x) && (x as number) >= 0;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Entry>;
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`tensor ${name} has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1])
    return fail(`tensor ${name} has no proper data_offsets`);
  if (dtype === undefined || !Object.hasOwn(widths, dtype))
    return fail(`tensor ${name} has the dtype ${dtype}; known are ${Object.keys(widths).join(", ")}`);
  const bytes = tf.util.sizeFromShape(shape) * widths[dtype];
  if (offsets[1] - offsets[0] !== bytes)
    fail(`tensor ${name}, ${dtype} [${shape}], needs ${bytes} bytes, and has ${offsets[1] - offsets[0]}`);
  return { dtype, shape, data_offsets: offsets };
}

function withFile<R>(path: string, use: (file: number) => R): R {
  const file = openSync(path, "r");
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(file, bytes, at, length - at, position + at);
    if (count === 0) throw new Error(`The file ended ${length - at} bytes early while it was being read.`);
    at += count;
  }
  return bytes;
}
