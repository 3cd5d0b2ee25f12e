/**
 * Philox4x32-10: a block of four 32-bit numbers from a 128-bit counter and a 64-bit key, ten rounds.
 * @param counter  four 32-bit words
 * @param key      two 32-bit words
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>): Uint32Array {
  let [c0, c1, c2, c3] = [counter[0], counter[1], counter[2], counter[3]];
  let [k0, k1] = [key[0], key[1]];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high2 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low2 = Math.imul(MULTIPLIER_1, c2);
    c0 = high2 ^ c1 ^ k0;
    c1 = low2;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return Uint32Array.of(c0, c1, c2, c3);
}

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // the golden ratio
const WEYL_1 = 0xbb67ae85; // the square root of 3, less 1

/** The upper 32 bits of a 32 by 32 bit product. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh] = [a & 0xffff, a >>> 16];
  const [bLow, bHigh] = [b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + aLow * bHigh + ((aLow * bLow) >>> 16);
  return (aHigh * bHigh + Math.floor(middle / 0x10000)) | 0;
}

/**
 * A stream of random words: Philox of the counters (0, stream), (1, stream), .. under one key.
 * @param key     two 32-bit words
 * @param count   how many words
 * @param stream  the upper two words of the counter; other streams are independent
 */
export function philoxStream(
  key: ArrayLike<number>,
  count: number,
  stream: ArrayLike<number> = [0, 0],
): Int32Array {
  const words = new Int32Array(count);
  for (let start = 0; start < count; start += 4) {
    const block = philox4x32([start / 4, 0, stream[0], stream[1]], key);
    for (let i = 0; i < 4 && start + i < count; i++) words[start + i] = block[i];
  }
  return words;
}
