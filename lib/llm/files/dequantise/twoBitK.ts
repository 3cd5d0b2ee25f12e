import { halfValues } from "../../../tensor/float16";

/**
 * Q2_K: 256 values in 84 bytes: sixteen bytes, each the scale s (lower half) and the minimum m (upper half) of 16 values, 64 bytes q of four
 * values each, halves d and dmin. Each half of the block has 32 bytes of q; their bits 2t and 2t + 1 are the run t of 32 values.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ2_K(bytes: Uint8Array, values: Float32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 256, at += 84) {
    const d = halfValues[bytes[at + 80] | (bytes[at + 81] << 8)];
    const dmin = halfValues[bytes[at + 82] | (bytes[at + 83] << 8)];
    for (let sixteen = 0; sixteen < 16; sixteen++) {
      const shift = sixteen & 6; // 2t
      const packed = bytes[at + sixteen];
      const scale = d * (packed & 15);
      const minimum = dmin * (packed >> 4);
      const from = at + 16 + 32 * (sixteen >> 3) + 16 * (sixteen & 1);
      const to = block + 16 * sixteen;
      for (let l = 0; l < 16; l++) {
        values[to + l] = scale * ((bytes[from + l] >> shift) & 3) - minimum; // y = d s q - dmin m
      }
    }
  }
}
