import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../data/random";
import { type ByteSource, memorySource } from "./byteSource";
import { ModelFileError } from "./error";
import { type GgmlType, ggmlTypes } from "./ggmlTypes";
import { openGguf } from "./gguf";
import { readSafetensor } from "./readSafetensor";
import { readTensor } from "./readTensor";
import { openSafetensors } from "./safetensors";
import { ggufBytes, safetensorsBytes } from "./testing";

const MUTATIONS = 10_000; // of each format
const MOST_MILLISECONDS = 1000; // for one file
/** Q2_K has 256 values of four bytes in 84. */
const MOST_VALUE_BYTES_A_BYTE = 12.2;
/** Of the whole process; one absurd count of 2³² would be far beyond. */
const MOST_GROWTH = 300e6;

const random = createRandom(5);
const noise = (length: number) => Uint8Array.from({ length }, () => random.integer(256));

const tensorOf = (type: GgmlType, rows: number, blocks: number) => {
  const { blockValues, blockBytes } = ggmlTypes[type];
  return {
    name: `t.${type}`,
    shape: [rows, blocks * blockValues],
    type,
    bytes: noise(rows * blocks * blockBytes),
  };
};

const ggufs = [
  ggufBytes({
    metadata: {
      "general.architecture": { type: "string", value: "llama" },
      "general.alignment": { type: "u32", value: 16 },
      "a.count": { type: "u64", value: 5 },
      "a.tokens": { type: "array", of: "string", values: ["a", "größer", ""] },
      "a.types": { type: "array", of: "i32", values: [1, 2, 3] },
      "a.nested": {
        type: "array",
        of: "array",
        values: [{ type: "array", of: "bool", values: [true, false] }],
      },
    },
    tensors: [tensorOf("F32", 2, 3), tensorOf("Q4_1", 2, 1), tensorOf("Q8_0", 1, 2), tensorOf("F16", 3, 5)],
    alignment: 16,
  }),
  ggufBytes({ tensors: [tensorOf("Q2_K", 1, 1), tensorOf("Q6_K", 1, 1), tensorOf("Q5_0", 2, 1)] }),
];

const safetensors = [
  safetensorsBytes(
    {
      __metadata__: { step: "3" },
      a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      b: { dtype: "BF16", shape: [4], data_offsets: [24, 32] },
      c: { dtype: "I64", shape: [], data_offsets: [32, 40] },
      d: { dtype: "U8", shape: [2, 1, 3], data_offsets: [40, 46] },
    },
    // An I64 of random bits would not be exact in float32.
    Uint8Array.from([...noise(32), 7, 0, 0, 0, 0, 0, 0, 0, ...noise(6)]),
  ),
];

/** Changes that damage or malice make: bits, lengths, counts, pieces left out, doubled, or cut off. */
function mutate(bytes: Uint8Array, { integer }: Random): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (let changes = 1 + integer(3); changes > 0; changes--) {
    const at = integer(result.length);
    const length = Math.min(1 + integer(24), result.length - at);
    switch (integer(8)) {
      case 0:
        result[at] ^= 1 << integer(8);
        break;
      case 1:
        result[at] = integer(256);
        break;
      case 2: // a length or a count, absurdly large
        for (let k = 0; k < 8 && at + k < result.length; k++) result[at + k] = k === 7 ? integer(128) : 0xff;
        break;
      case 3: // and one that is merely too large
        if (at + 8 <= result.length)
          new DataView(result.buffer).setBigUint64(at, BigInt(2 ** integer(53)), true);
        break;
      case 4:
        result = result.slice(0, Math.max(1, at));
        break;
      case 5:
        result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length), 0]);
        break;
      case 6:
        result = Uint8Array.from([...result.subarray(0, at + length), ...result.subarray(at)]);
        break;
      default:
        result = Uint8Array.from([...result, ...noise(length)]);
    }
  }
  return result;
}

function readAllOfGguf(source: ByteSource): number {
  const gguf = openGguf(source);
  let bytes = 0;
  for (const name of gguf.tensors.keys()) bytes += readTensor(gguf, name).byteLength;
  return bytes;
}

function readAllOfSafetensors(source: ByteSource): number {
  const file = openSafetensors(source);
  let bytes = 0;
  for (const name of file.tensors.keys()) bytes += readSafetensor(file, name).byteLength;
  return bytes;
}

describe.each([
  ["GGUF", ggufs, readAllOfGguf],
  ["safetensors", safetensors, readAllOfSafetensors],
] as const)("damaged files of %s", (_, files, readAll) => {
  it("are read or refused, quickly, and in no more memory than their size justifies", () => {
    for (const bytes of files) expect(readAll(memorySource("valid", bytes))).toBeGreaterThan(0);
    const before = process.memoryUsage().rss;
    let refused = 0;
    let slowest = 0;
    let largestShare = 0;
    for (let k = 0; k < MUTATIONS; k++) {
      const bytes = mutate(files[k % files.length], random);
      const start = performance.now();
      try {
        const valueBytes = readAll(memorySource(`mutation ${k}`, bytes));
        largestShare = Math.max(largestShare, valueBytes / bytes.length);
      } catch (error) {
        if (!(error instanceof ModelFileError))
          throw new Error(`Mutation ${k}: ${Buffer.from(bytes).toString("hex")}`, { cause: error });
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
    // Some do no harm: where only values of tensors or letters of names change.
    expect(refused).toBeGreaterThan(MUTATIONS / 4);
    expect(refused).toBeLessThan(MUTATIONS);
    expect(slowest).toBeLessThan(MOST_MILLISECONDS);
    expect(largestShare).toBeLessThan(MOST_VALUE_BYTES_A_BYTE);
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH);
  });
});
