import { halfValues } from "../../../tensor/float16";

/**
 * Q8_0: 32 values in 34 bytes: a half d, then 32 signed bytes q.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ8_0(bytes: Uint8Array, values: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0, at = 0; block < values.length; block += 32, at += 34) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    // y_j = q d. Four in one round are faster than one.
    for (let j = 0; j < 32; j += 4) {
      const from = at + 2 + j;
      const to = block + j;
      values[to] = signed[from] * d;
      values[to + 1] = signed[from + 1] * d;
      values[to + 2] = signed[from + 2] * d;
      values[to + 3] = signed[from + 3] * d;
    }
  }
}
