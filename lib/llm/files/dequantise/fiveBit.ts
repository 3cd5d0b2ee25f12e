import { halfValues } from "../../../tensor/float16";

/**
 * Q5_0: 32 values in 22 bytes: a half d, the fifth bits of all values in 32 bits h, then the lower four bits as Q4_0 has them.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ5_0(bytes: Uint8Array, values: Float32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 32, at += 22) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    const low = bytes[at + 2] | (bytes[at + 3] << 8); // h of the first sixteen values
    const high = bytes[at + 4] | (bytes[at + 5] << 8);
    for (let j = 0; j < 16; j++) {
      const q = bytes[at + 6 + j];
      values[block + j] = (((q & 15) | (((low >> j) & 1) << 4)) - 16) * d; // y_j = (q + 16 h_j - 16) d
      values[block + 16 + j] = (((q >> 4) | (((high >> j) & 1) << 4)) - 16) * d;
    }
  }
}

/** Q5_1: 32 values in 24 bytes: halves d and m, then bits as Q5_0 has them. */
export function dequantiseQ5_1(bytes: Uint8Array, values: Float32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 32, at += 24) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    const m = halfValues[bytes[at + 2] | (bytes[at + 3] << 8)];
    const low = bytes[at + 4] | (bytes[at + 5] << 8);
    const high = bytes[at + 6] | (bytes[at + 7] << 8);
    for (let j = 0; j < 16; j++) {
      const q = bytes[at + 8 + j];
      values[block + j] = ((q & 15) | (((low >> j) & 1) << 4)) * d + m; // y_j = (q + 16 h_j) d + m
      values[block + 16 + j] = ((q >> 4) | (((high >> j) & 1) << 4)) * d + m;
    }
  }
}
