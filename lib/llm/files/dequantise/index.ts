import { bytesOfValues, type GgmlType } from "../ggmlTypes";
import { dequantiseQ8_0 } from "./eightBit";
import { dequantiseQ5_0, dequantiseQ5_1 } from "./fiveBit";
import { dequantiseQ5_K } from "./fiveBitK";
import { dequantiseBF16, dequantiseF16, dequantiseF32 } from "./floats";
import { dequantiseQ4_0, dequantiseQ4_1 } from "./fourBit";
import { dequantiseQ4_K } from "./fourBitK";
import { dequantiseQ6_K } from "./sixBitK";
import { dequantiseQ3_K } from "./threeBitK";
import { dequantiseQ2_K } from "./twoBitK";

/** Fills values from whole blocks. */
type Dequantiser = (bytes: Uint8Array, values: Float32Array) => void;

const dequantisers: Readonly<Record<GgmlType, Dequantiser>> = {
  F32: dequantiseF32,
  F16: dequantiseF16,
  BF16: dequantiseBF16,
  Q4_0: dequantiseQ4_0,
  Q4_1: dequantiseQ4_1,
  Q5_0: dequantiseQ5_0,
  Q5_1: dequantiseQ5_1,
  Q8_0: dequantiseQ8_0,
  Q2_K: dequantiseQ2_K,
  Q3_K: dequantiseQ3_K,
  Q4_K: dequantiseQ4_K,
  Q5_K: dequantiseQ5_K,
  Q6_K: dequantiseQ6_K,
};

/**
 * The float32 values of quantised bytes. Each is rounded once: the arithmetic is in float64, which holds all products exactly.
 * @param bytes   whole blocks, row after row
 * @param values  how many there are
 * @throws RangeError where the bytes are not those of so many values
 * @see https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c for the layouts
 */
export function dequantise(type: GgmlType, bytes: Uint8Array, values: number): Float32Array {
  checkLength(type, bytes, values);
  const result = new Float32Array(values);
  dequantisers[type](bytes, result);
  return result;
}

/** The same, into an array that is there already, and must have the right length. */
export function dequantiseInto(type: GgmlType, bytes: Uint8Array, values: Float32Array): void {
  checkLength(type, bytes, values.length);
  dequantisers[type](bytes, values);
}

function checkLength(type: GgmlType, bytes: Uint8Array, values: number): void {
  const needed = bytesOfValues(type, values);
  if (bytes.length !== needed)
    throw new RangeError(`${values} ${type} values have ${needed} bytes; there are ${bytes.length}.`);
}
