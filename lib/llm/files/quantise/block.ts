import { halfBits, halfValues } from "../../../tensor/float16";
import { bytesOfValues, type GgmlType, ggmlTypes } from "../ggmlTypes";

/**
 * Writes one block.
 * @param block  the place of its first value
 * @param at     the place of its first byte
 * @param half   writes a half-precision number at a byte
 */
type QuantiseBlock = (
  values: Float32Array,
  block: number,
  bytes: Uint8Array,
  at: number,
  half: (at: number, value: number) => void,
) => void;

/** A quantiser of values from one of blocks. It computes in float32, as ggml does, so that the bytes are the same. */
export function blockQuantiser(
  type: GgmlType,
  quantiseBlock: QuantiseBlock,
): (values: Float32Array) => Uint8Array {
  const { blockValues, blockBytes } = ggmlTypes[type];
  return (values) => {
    const bytes = new Uint8Array(bytesOfValues(type, values.length));
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new RangeError(`${type} holds finite values only; value ${wrong} is ${values[wrong]}.`);
    const half = (at: number, value: number) => {
      const bits = halfBits(value);
      if (!Number.isFinite(halfValues[bits])) {
        const first = Math.floor(at / blockBytes) * blockValues;
        throw new RangeError(
          `${type} has scales of half precision, up to 65504; values ${first} to ${first + blockValues - 1} need ${value}.`,
        );
      }
      bytes[at] = bits;
      bytes[at + 1] = bits >> 8;
    };
    for (let block = 0, at = 0; block < values.length; block += blockValues, at += blockBytes)
      quantiseBlock(values, block, bytes, at, half);
    return bytes;
  };
}
