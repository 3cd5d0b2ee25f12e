import { blockQuantiser } from "./block";

/**
 * Q4_0: the value of largest magnitude becomes q = 0, that is -8 d; the others are rounded, and cut at 15.
 * @param values  rows of a multiple of 32 values, finite
 * @returns 18 bytes for 32 values
 * @throws RangeError where the values fill no whole blocks, or one of them cannot be represented
 */
export const quantiseQ4_0 = blockQuantiser("Q4_0", (values, block, bytes, at, half) => {
  let extreme = 0;
  for (let j = 0; j < 32; j++)
    if (Math.abs(values[block + j]) > Math.abs(extreme)) extreme = values[block + j];
  const d = Math.fround(extreme / -8); // d = v / -8
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  half(at, d);
  const q = (value: number) => Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5))); // q = min(15, ⌊x / d + 8.5⌋)
  for (let j = 0; j < 16; j++) bytes[at + 2 + j] = q(values[block + j]) | (q(values[block + 16 + j]) << 4);
});

/** Q4_1: fifteen equal steps from the smallest value to the largest. 20 bytes for 32 values. */
export const quantiseQ4_1 = blockQuantiser("Q4_1", (values, block, bytes, at, half) => {
  let least = values[block];
  let most = values[block];
  for (let j = 1; j < 32; j++) {
    least = Math.min(least, values[block + j]);
    most = Math.max(most, values[block + j]);
  }
  const d = Math.fround(Math.fround(most - least) / 15); // d = (max - min) / 15
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  half(at, d);
  half(at + 2, least);
  const q = (value: number) =>
    Math.min(15, Math.trunc(Math.fround(Math.fround(Math.fround(value - least) * inverse) + 0.5)));
  for (let j = 0; j < 16; j++) bytes[at + 4 + j] = q(values[block + j]) | (q(values[block + 16 + j]) << 4);
});
