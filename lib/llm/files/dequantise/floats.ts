import { halfValues } from "../../../tensor/float16";

/**
 * Numbers that are stored one by one, little-endian. Loops go four values at a time, which is twice as fast as one.
 * @param bytes   2 or 4 bytes a value, at any place in their ArrayBuffer
 * @param values  is filled
 */
export function dequantiseF32(bytes: Uint8Array, values: Float32Array): void {
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes);
}

/** IEEE half precision. */
export function dequantiseF16(bytes: Uint8Array, values: Float32Array): void {
  const halves = halvesOf(bytes);
  const fours = values.length & ~3;
  for (let k = 0; k < fours; k += 4) {
    values[k] = halfValues[halves[k]];
    values[k + 1] = halfValues[halves[k + 1]];
    values[k + 2] = halfValues[halves[k + 2]];
    values[k + 3] = halfValues[halves[k + 3]];
  }
  for (let k = fours; k < values.length; k++) values[k] = halfValues[halves[k]];
}

/** bfloat16: the upper half of a float32. */
export function dequantiseBF16(bytes: Uint8Array, values: Float32Array): void {
  const halves = halvesOf(bytes);
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  const fours = words.length & ~3;
  for (let k = 0; k < fours; k += 4) {
    words[k] = halves[k] << 16;
    words[k + 1] = halves[k + 1] << 16;
    words[k + 2] = halves[k + 2] << 16;
    words[k + 3] = halves[k + 3] << 16;
  }
  for (let k = fours; k < words.length; k++) words[k] = halves[k] << 16;
}

/** Two bytes as one number; bytes at an odd place are copied to an even one. */
function halvesOf(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint16Array(buffer, byteOffset, length / 2);
}
