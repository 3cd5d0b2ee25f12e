/**
 * The number formats of GGUF files. A row of a tensor is a sequence of blocks; a block holds so many values in so many bytes, and never
 * crosses the end of a row.
 * @see https://github.com/ggml-org/ggml (docs/gguf.md, include/ggml.h, src/ggml-common.h)
 */
export const ggmlTypes = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockValues: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockValues: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockValues: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q2_K: { id: 10, blockValues: 256, blockBytes: 84 },
  Q3_K: { id: 11, blockValues: 256, blockBytes: 110 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const;

export type GgmlType = keyof typeof ggmlTypes;

export const ggmlTypeNames = Object.keys(ggmlTypes) as GgmlType[];

const byId: ReadonlyMap<number, GgmlType> = new Map(ggmlTypeNames.map((type) => [ggmlTypes[type].id, type]));

/** The type of an id in a file, if it is one that can be read. */
export function ggmlTypeOf(id: number): GgmlType | undefined {
  return byId.get(id);
}

/** Known formats that are not read, so that an error can name them. */
const UNREAD: Readonly<Record<number, string>> = {
  4: "Q4_2",
  5: "Q4_3",
  9: "Q8_1",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
  40: "NVFP4",
};

/** How an error names a type that is not read. */
export function unreadTypeName(id: number): string {
  return id in UNREAD ? `${UNREAD[id]} (${id})` : `${id}, which is no known type`;
}

/** The bytes of so many values. @throws RangeError where they do not fill whole blocks */
export function bytesOfValues(type: GgmlType, values: number): number {
  const { blockValues, blockBytes } = ggmlTypes[type];
  if (!Number.isSafeInteger(values) || values < 0 || values % blockValues !== 0)
    throw new RangeError(`${type} holds whole blocks of ${blockValues} values, and not ${values} values.`);
  return (values / blockValues) * blockBytes;
}
