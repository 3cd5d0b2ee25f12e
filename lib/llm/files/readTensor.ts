import { dequantiseInto } from "./dequantise";
import { ggmlTypes } from "./ggmlTypes";
import type { Gguf } from "./gguf";
import { requireTensor, type TensorReader } from "./requireTensor";
import { type Rows, rowsOf } from "./rows";

/** Bytes of a tensor are read in pieces of about this size, so that the processor's cache holds one. */
const PIECE = 1 << 19;

/**
 * The values of a tensor of a GGUF file, row by row, as float32.
 * @param rows  which rows of the innermost dimension, of all outer ones together; default: all
 * @returns as many values as the rows have; those of a weight [out, in] are out times in
 * @throws ModelFileError naming the file where it has no such tensor; RangeError for rows that it does not have
 */
export function readTensor({ source, tensors }: Gguf, name: string, rows?: Rows): Float32Array {
  const { shape, type, offset } = requireTensor(source.name, tensors, name);
  const { first, count, width } = rowsOf(name, shape, rows);
  const { blockValues, blockBytes } = ggmlTypes[type];
  const blocks = (count * width) / blockValues;
  const start = offset + ((first * width) / blockValues) * blockBytes;

  const values = new Float32Array(count * width);
  const step = Math.ceil(PIECE / blockBytes);
  for (let block = 0; block < blocks; block += step) {
    const end = Math.min(block + step, blocks);
    const bytes = source.read(start + block * blockBytes, (end - block) * blockBytes);
    dequantiseInto(type, bytes, values.subarray(block * blockValues, end * blockValues));
  }
  return values;
}

/** Reads whole tensors of a GGUF file by name; errors are those of {@link readTensor}. */
export function tensorReader(gguf: Gguf): TensorReader {
  return (name) => {
    const { shape } = requireTensor(gguf.source.name, gguf.tensors, name);
    return { shape, values: readTensor(gguf, name) };
  };
}
