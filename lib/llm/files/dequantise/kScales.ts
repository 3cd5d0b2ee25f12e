/**
 * The scales and minima of the eight groups of 32 values in a Q4_K or Q5_K block: eight times two numbers of six bits in twelve bytes.
 * The first four of each have a byte's lower six bits; the others are put together from a half byte, and the upper bits of the first four.
 * @param bytes   the block is in here
 * @param at      where its twelve bytes begin
 * @param scales  8 numbers, filled
 * @param minima  8 numbers, filled
 */
export function unpackKScales(bytes: Uint8Array, at: number, scales: Uint8Array, minima: Uint8Array): void {
  for (let j = 0; j < 4; j++) {
    const scale = bytes[at + j];
    const minimum = bytes[at + 4 + j];
    const both = bytes[at + 8 + j];
    scales[j] = scale & 63;
    minima[j] = minimum & 63;
    scales[j + 4] = (both & 15) | ((scale >> 6) << 4);
    minima[j + 4] = (both >> 4) | ((minimum >> 6) << 4);
  }
}
