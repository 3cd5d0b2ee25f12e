import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { decode, storedDtypes, widths } from "./safetensorsDtypes";
import {
  LENGTH_BYTES,
  METADATA,
  type Metadata,
  readSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from "./safetensorsHeader";
import { flattenTree } from "./tree";

export type { Metadata } from "./safetensorsHeader";

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
  const header: Record<string, SafetensorsEntry | Metadata> = {};
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
        tensors[name] = tf.tensor(values, [...entry.shape], dtype);
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

function readHeader(file: number, path: string): SafetensorsHeader {
  const positioned = {
    size: fstatSync(file).size,
    read: (offset: number, length: number) => readBytes(file, offset, length),
  };
  return readSafetensorsHeader(positioned, (reason) => {
    throw new Error(`${path}: ${reason}.`);
  });
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
