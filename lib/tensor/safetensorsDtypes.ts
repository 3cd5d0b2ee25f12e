import { halfValues } from "./float16";

/** The dtypes of safetensors files that can be read, and the bytes of one number. */
export const widths = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type StoredDtype = keyof typeof widths;

/** How a tensor's dtype is stored. */
export const storedDtypes: ReadonlyMap<string, StoredDtype> = new Map([
  ["float32", "F32"],
  ["int32", "I32"],
  ["bool", "BOOL"],
]);

/** Numbers as tfjs holds them. */
export interface Decoded {
  values: Float32Array | Int32Array | Uint8Array;
  dtype: "float32" | "int32" | "bool";
}

/**
 * Numbers from their stored bytes, which must fill an ArrayBuffer from an aligned place on.
 * @param where  names the tensor in errors
 * @throws where an I64 does not fit int32
 */
export function decode(stored: StoredDtype, bytes: Uint8Array, where: string): Decoded {
  const { buffer, byteOffset, length } = bytes;
  const count = length / widths[stored];
  switch (stored) {
    case "F32":
      return { dtype: "float32", values: new Float32Array(buffer, byteOffset, count) };
    case "F64":
      return { dtype: "float32", values: Float32Array.from(new Float64Array(buffer, byteOffset, count)) };
    case "F16":
      return {
        dtype: "float32",
        values: Float32Array.from(new Uint16Array(buffer, byteOffset, count), (half) => halfValues[half]),
      };
    case "BF16": {
      // bfloat16 is the upper half of a float32.
      const words = Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (half) => half << 16);
      return { dtype: "float32", values: new Float32Array(words.buffer) };
    }
    case "I32":
      return { dtype: "int32", values: new Int32Array(buffer, byteOffset, count) };
    case "I64":
      return {
        dtype: "int32",
        values: Int32Array.from(new BigInt64Array(buffer, byteOffset, count), (x) => toInt32(x, where)),
      };
    case "I16":
      return { dtype: "int32", values: Int32Array.from(new Int16Array(buffer, byteOffset, count)) };
    case "I8":
      return { dtype: "int32", values: Int32Array.from(new Int8Array(buffer, byteOffset, count)) };
    case "U8":
      return { dtype: "int32", values: Int32Array.from(bytes) };
    case "BOOL":
      return { dtype: "bool", values: bytes };
  }
}

function toInt32(value: bigint, where: string): number {
  if (value !== BigInt.asIntN(32, value)) throw new Error(`${where}: ${value} does not fit int32.`);
  return Number(value);
}
