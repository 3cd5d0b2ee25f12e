import { halfValues } from "../../../tensor/float16";

/**
 * Q3_K: 256 values in 110 bytes: 32 bytes h of third bits, 64 bytes q of lower two bits (as Q2_K has them), sixteen scales s of six bits in
 * twelve bytes (one for 16 values), a half d. Bit 4n + t of h_l belongs to the run t of 32 values in half n.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ3_K(bytes: Uint8Array, values: Float32Array): void {
  const scales = new Int8Array(16);
  for (let block = 0, at = 0; block < values.length; block += 256, at += 110) {
    const d = halfValues[bytes[at + 108] | (bytes[at + 109] << 8)];
    unpackScales(bytes, at + 96, scales);
    for (let sixteen = 0; sixteen < 16; sixteen++) {
      const shift = sixteen & 6; // 2t
      const bit = sixteen >> 1; // 4n + t
      const scale = d * scales[sixteen];
      const column = 16 * (sixteen & 1);
      const from = at + 32 + 32 * (sixteen >> 3) + column;
      const to = block + 16 * sixteen;
      for (let l = 0; l < 16; l++) {
        const h = (bytes[at + column + l] >> bit) & 1;
        values[to + l] = scale * (((bytes[from + l] >> shift) & 3) + 4 * h - 4); // y = d (s - 32) (q + 4 h - 4)
      }
    }
  }
}

/** s - 32 of each: the lower four bits are in the first eight bytes, the upper two in the last four. */
function unpackScales(bytes: Uint8Array, at: number, scales: Int8Array): void {
  for (let k = 0; k < 8; k++) {
    const low = bytes[at + k];
    const high = bytes[at + 8 + (k & 3)] >> (2 * (k >> 2));
    scales[k] = ((low & 15) | ((high & 3) << 4)) - 32;
    scales[k + 8] = ((low >> 4) | (((high >> 4) & 3) << 4)) - 32;
  }
}
