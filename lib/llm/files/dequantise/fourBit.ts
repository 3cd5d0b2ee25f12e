import { halfValues } from "../../../tensor/float16";

/**
 * Q4_0: 32 values in 18 bytes: a half d, then sixteen bytes q. The lower halves of the bytes are the first sixteen values.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ4_0(bytes: Uint8Array, values: Float32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 32, at += 18) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    for (let j = 0; j < 16; j++) {
      const q = bytes[at + 2 + j];
      values[block + j] = ((q & 15) - 8) * d; // y_j = (q - 8) d
      values[block + 16 + j] = ((q >> 4) - 8) * d;
    }
  }
}

/** Q4_1: 32 values in 20 bytes: halves d and m, then sixteen bytes as Q4_0 has them. */
export function dequantiseQ4_1(bytes: Uint8Array, values: Float32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 32, at += 20) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    const m = halfValues[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let j = 0; j < 16; j++) {
      const q = bytes[at + 4 + j];
      values[block + j] = (q & 15) * d + m; // y_j = q d + m
      values[block + 16 + j] = (q >> 4) * d + m;
    }
  }
}
