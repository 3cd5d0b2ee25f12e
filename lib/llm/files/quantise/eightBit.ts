import { blockQuantiser } from "./block";

/**
 * Q8_0: the largest magnitude becomes ±127; the others are rounded, halves away from zero.
 * @param values  rows of a multiple of 32 values, finite
 * @returns 34 bytes for 32 values
 * @throws RangeError where the values fill no whole blocks, or one of them cannot be represented
 */
export const quantiseQ8_0 = blockQuantiser("Q8_0", (values, block, bytes, at, half) => {
  let magnitude = 0;
  for (let j = 0; j < 32; j++) magnitude = Math.max(magnitude, Math.abs(values[block + j]));
  const d = Math.fround(magnitude / 127); // d = max |x| / 127
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  half(at, d);
  for (let j = 0; j < 32; j++) {
    const scaled = Math.fround(values[block + j] * inverse);
    bytes[at + 2 + j] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5); // q = round(x / d)
  }
});
