import { halfValues } from "../../../tensor/float16";
import { unpackKScales } from "./kScales";

/**
 * Q5_K: 256 values in 176 bytes: as Q4_K, with 32 bytes h of fifth bits before q. Bit 2g of h_l belongs to the first 32 values of group g
 * of 64, bit 2g + 1 to the others.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ5_K(bytes: Uint8Array, values: Float32Array): void {
  const scales = new Uint8Array(8);
  const minima = new Uint8Array(8);
  for (let block = 0, at = 0; block < values.length; block += 256, at += 176) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    const dmin = halfValues[bytes[at + 2] | (bytes[at + 3] << 8)];
    unpackKScales(bytes, at + 4, scales, minima);
    for (let group = 0; group < 4; group++) {
      const lowScale = d * scales[2 * group];
      const lowMinimum = dmin * minima[2 * group];
      const highScale = d * scales[2 * group + 1];
      const highMinimum = dmin * minima[2 * group + 1];
      const from = at + 48 + 32 * group;
      const to = block + 64 * group;
      for (let l = 0; l < 32; l++) {
        const q = bytes[from + l];
        const h = bytes[at + 16 + l] >> (2 * group);
        values[to + l] = lowScale * ((q & 15) | ((h & 1) << 4)) - lowMinimum; // y = d s (q + 16 h) - dmin m
        values[to + 32 + l] = highScale * ((q >> 4) | ((h & 2) << 3)) - highMinimum;
      }
    }
  }
}
