import { type StoredDtype, widths } from "../../tensor/safetensorsDtypes";
import { dequantiseBF16, dequantiseF16, dequantiseF32 } from "./dequantise/floats";
import { ModelFileError } from "./error";
import { requireTensor, type TensorReader } from "./requireTensor";
import { type Rows, rowsOf } from "./rows";
import type { Safetensors } from "./safetensors";

/** Bytes are read in pieces of this size: a multiple of every width. */
const PIECE = 1 << 19;

/**
 * The values of a tensor, row by row, as float32: F64 is rounded, integers must be exact, true is 1.
 * @param rows  which rows of the innermost dimension, of all outer ones together; default: all
 * @throws ModelFileError naming the file where it has no such tensor, or an integer that float32 does not hold; RangeError for rows that it
 * does not have
 */
export function readSafetensor(
  { name: file, tensors }: Safetensors,
  name: string,
  rows?: Rows,
): Float32Array {
  const { shape, dtype, offset, source } = requireTensor(file, tensors, name);
  const { first, count, width } = rowsOf(name, shape, rows);
  const start = offset + first * width * widths[dtype];
  const values = new Float32Array(count * width);
  const step = PIECE / widths[dtype];
  for (let at = 0; at < values.length; at += step) {
    const piece = values.subarray(at, at + step);
    const byte = start + at * widths[dtype];
    const bytes = source.read(byte, piece.length * widths[dtype]);
    converters[dtype](
      bytes,
      piece,
      (index, value) =>
        new ModelFileError(
          `its integer ${value} is not exact in float32`,
          { file: source.name, tensor: name, byte: byte + index * widths[dtype] },
          "Read tensors of such integers by other means: this reader is for weights.",
        ),
    );
  }
  return values;
}

/** Reads whole tensors by name; errors are those of {@link readSafetensor}. */
export function safetensorReader(file: Safetensors): TensorReader {
  return (name) => {
    const { shape } = requireTensor(file.name, file.tensors, name);
    return { shape, values: readSafetensor(file, name) };
  };
}

/** Fills values from bytes; `inexact` makes the error of a value that float32 does not hold. */
type Convert = (
  bytes: Uint8Array,
  values: Float32Array,
  inexact: (index: number, value: number) => Error,
) => void;

const converters: Readonly<Record<StoredDtype, Convert>> = {
  F32: dequantiseF32,
  F16: dequantiseF16,
  BF16: dequantiseBF16,
  F64: (bytes, values) => {
    const view = viewOf(bytes);
    for (let k = 0; k < values.length; k++) values[k] = view.getFloat64(8 * k, true);
  },
  I64: integers(8, (view, at) => Number(view.getBigInt64(at, true))),
  I32: integers(4, (view, at) => view.getInt32(at, true)),
  I16: integers(2, (view, at) => view.getInt16(at, true)),
  I8: integers(1, (view, at) => view.getInt8(at)),
  U8: integers(1, (view, at) => view.getUint8(at)),
  BOOL: integers(1, (view, at) => view.getUint8(at)),
};

function integers(width: number, read: (view: DataView, at: number) => number): Convert {
  return (bytes, values, inexact) => {
    const view = viewOf(bytes);
    for (let k = 0; k < values.length; k++) {
      const value = read(view, k * width);
      values[k] = value;
      if (values[k] !== value) throw inexact(k, value);
    }
  };
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
