import { halfValues } from "../../../tensor/float16";

/**
 * Q6_K: 256 values in 210 bytes: 128 bytes L of lower four bits, 64 bytes H of upper two bits, sixteen signed scales s (one for 16 values),
 * a half d. Each half of the block has 64 bytes of L and 32 of H for four runs of 32 values.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ6_K(bytes: Uint8Array, values: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0, at = 0; block < values.length; block += 256, at += 210) {
    const d = halfValues[bytes[at + 208] | (bytes[at + 209] << 8)];
    for (let half = 0; half < 2; half++) {
      const to = block + 128 * half;
      const lower = at + 64 * half;
      const upper = at + 128 + 32 * half;
      const scales = at + 192 + 8 * half;
      for (let sixteen = 0; sixteen < 2; sixteen++) {
        const first = d * signed[scales + sixteen];
        const second = d * signed[scales + sixteen + 2];
        const third = d * signed[scales + sixteen + 4];
        const fourth = d * signed[scales + sixteen + 6];
        for (let l = 16 * sixteen; l < 16 * sixteen + 16; l++) {
          const a = bytes[lower + l];
          const b = bytes[lower + 32 + l];
          const h = bytes[upper + l];
          values[to + l] = first * (((a & 15) | ((h & 3) << 4)) - 32); // y = d s (L + 16 H - 32)
          values[to + 32 + l] = second * (((b & 15) | ((h & 12) << 2)) - 32);
          values[to + 64 + l] = third * (((a >> 4) | (h & 48)) - 32);
          values[to + 96 + l] = fourth * (((b >> 4) | ((h & 192) >> 2)) - 32);
        }
      }
    }
  }
}
