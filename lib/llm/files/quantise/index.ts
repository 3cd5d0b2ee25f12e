import { quantiseQ8_0 } from "./eightBit";
import { quantiseQ4_0, quantiseQ4_1 } from "./fourBit";

const quantisers = { Q4_0: quantiseQ4_0, Q4_1: quantiseQ4_1, Q8_0: quantiseQ8_0 } as const;

/** The types into which values can be quantised. */
export type QuantisedType = keyof typeof quantisers;

/**
 * Values as blocks of a type, as ggml's reference quantisers make them.
 * @param values  rows of a multiple of 32 finite values, one after the other
 * @throws RangeError where the values fill no whole blocks, or one of them cannot be represented
 * @see https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c
 */
export function quantise(type: QuantisedType, values: Float32Array): Uint8Array {
  return quantisers[type](values);
}
