import { halfValues } from "../../../tensor/float16";
import { unpackKScales } from "./kScales";

/**
 * Q4_K: 256 values in 144 bytes: halves d and dmin, twelve bytes of scales s and minima m (one of each for 32 values), then 128 bytes q.
 * 32 bytes hold 64 values: the lower halves are the first 32.
 * @param bytes   whole blocks
 * @param values  is filled
 */
export function dequantiseQ4_K(bytes: Uint8Array, values: Float32Array): void {
  const scales = new Uint8Array(8);
  const minima = new Uint8Array(8);
  for (let block = 0, at = 0; block < values.length; block += 256, at += 144) {
    const d = halfValues[bytes[at] | (bytes[at + 1] << 8)];
    const dmin = halfValues[bytes[at + 2] | (bytes[at + 3] << 8)];
    unpackKScales(bytes, at + 4, scales, minima);
    for (let group = 0; group < 4; group++) {
      const lowScale = d * scales[2 * group];
      const lowMinimum = dmin * minima[2 * group];
      const highScale = d * scales[2 * group + 1];
      const highMinimum = dmin * minima[2 * group + 1];
      const from = at + 16 + 32 * group;
      const to = block + 64 * group;
      for (let l = 0; l < 32; l++) {
        const q = bytes[from + l];
        values[to + l] = lowScale * (q & 15) - lowMinimum; // y = d s q - dmin m
        values[to + 32 + l] = highScale * (q >> 4) - highMinimum;
      }
    }
  }
}
