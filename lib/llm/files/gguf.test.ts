import { describe, expect, it } from "vitest";
import { memorySource } from "./byteSource";
import { ModelFileError } from "./error";
import { openGguf } from "./gguf";
import { count, flag, numbers, real, text, texts } from "./ggufMetadata";
import { quantise } from "./quantise";
import { readTensor, tensorReader } from "./readTensor";
import { expectSameNumbers, ggufBytes, virtualSource, type WrittenGguf, type WrittenTensor } from "./testing";

const open = (bytes: Uint8Array) => openGguf(memorySource("model.gguf", bytes));
const openWritten = (written: WrittenGguf) => open(ggufBytes(written));

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const plain: WrittenTensor = { name: "plain", shape: [3], type: "F32", bytes: floats(1, 2, 3) };
const matrix = Float32Array.from({ length: 3 * 64 }, (_, k) => (k % 50) / 8 - 3);
const quantised: WrittenTensor = {
  name: "quantised",
  shape: [3, 64],
  type: "Q8_0",
  bytes: quantise("Q8_0", matrix),
};
const cube: WrittenTensor = { name: "cube", shape: [2, 2, 1], type: "F32", bytes: floats(5, 6, 7, 8) };
const threeTensors: WrittenGguf = {
  metadata: {
    "general.architecture": { type: "string", value: "llama" },
    nested: {
      type: "array",
      of: "array",
      values: [
        { type: "array", of: "string", values: ["a", "größer"] },
        { type: "array", of: "i16", values: [-1, 2] },
        { type: "array", of: "array", values: [{ type: "array", of: "bool", values: [true, false] }] },
      ],
    },
  },
  tensors: [plain, quantised, cube],
};

describe("openGguf", () => {
  it("gives metadata and tensors of a file with padding and nested arrays", () => {
    const gguf = openWritten(threeTensors);
    expect(gguf.version).toBe(3);
    expect(gguf.metadata).toEqual(
      new Map<string, unknown>([
        ["general.architecture", "llama"],
        ["nested", [["a", "größer"], Int16Array.of(-1, 2), [[true, false]]]],
      ]),
    );
    const described = [...gguf.tensors.values()].map(({ name, shape, type, bytes }) => [
      name,
      shape,
      type,
      bytes,
    ]);
    expect(described).toEqual([
      ["plain", [3], "F32", 12],
      ["quantised", [3, 64], "Q8_0", 204],
      ["cube", [2, 2, 1], "F32", 16],
    ]);
    const offsets = [...gguf.tensors.values()].map(({ offset }) => offset);
    expect(offsets.map((offset) => offset - offsets[0])).toEqual([0, 32, 256]);
    expect(offsets[0] % 32).toBe(0);
    expect([...readTensor(gguf, "plain")]).toEqual([1, 2, 3]);
    expect([...readTensor(gguf, "quantised")].map((x) => Math.round(x * 8) / 8)).toEqual([...matrix]);
    expect([...readTensor(gguf, "cube")]).toEqual([5, 6, 7, 8]);
  });

  it("reads version 2, which has the same layout", () => {
    const gguf = openWritten({ ...threeTensors, version: 2 });
    expect(gguf.version).toBe(2);
    expect([...readTensor(gguf, "plain")]).toEqual([1, 2, 3]);
  });

  it.each([1, 8, 64, 4096])("follows an alignment of %d", (alignment) => {
    const gguf = openWritten({
      metadata: { "general.alignment": { type: "u32", value: alignment } },
      tensors: [plain, cube],
      alignment,
    });
    const [first, second] = [...gguf.tensors.values()].map(({ offset }) => offset);
    expect(first % alignment).toBe(0);
    expect(second - first).toBe(Math.ceil(12 / alignment) * alignment);
    expect([...readTensor(gguf, "cube")]).toEqual([5, 6, 7, 8]);
  });

  it("reads files without tensors, and without anything", () => {
    expect(openWritten({ metadata: { a: { type: "u8", value: 1 } } }).metadata.get("a")).toBe(1);
    expect(openWritten({}).tensors.size).toBe(0);
  });

  it("keeps all integers and texts exact", () => {
    const { metadata } = openWritten({
      metadata: {
        safe: { type: "u64", value: 2 ** 53 - 1 },
        beyond: { type: "u64", value: 2n ** 53n + 1n },
        one: { type: "array", of: "string", values: ["\ufffd, \ufeff"] },
        negative: { type: "i64", value: -(2n ** 62n) },
        list: { type: "array", of: "u64", values: [1, 2n ** 63n] },
      },
    });
    expect([...metadata.values()]).toEqual([
      2 ** 53 - 1,
      2n ** 53n + 1n,
      ["\ufffd, \ufeff"],
      -(2n ** 62n),
      BigUint64Array.of(1n, 2n ** 63n),
    ]);
  });

  it("accepts offsets beyond 2³², and reads there only what it is asked for", () => {
    const far = 6 * 2 ** 30;
    const source = virtualSource(
      ggufBytes({
        tensors: [
          plain,
          { name: "huge", shape: [2 ** 30 + 1], type: "F32", bytes: new Uint8Array(), offset: 32 },
          { name: "far", shape: [2, 32], type: "Q4_0", bytes: new Uint8Array(), offset: far },
        ],
      }),
      8 * 2 ** 30,
    );
    const gguf = openGguf(source);
    const { offset } = gguf.tensors.get("far")!;
    expect(offset).toBeGreaterThan(far);
    expect([...readTensor(gguf, "far", { first: 1, count: 1 })].every((x) => x === 0)).toBe(true);
    expect(source.reads.slice(-1)).toEqual([18]);
    expect(Math.max(...source.reads)).toBeLessThanOrEqual(2 ** 20);
  });
});

/** Bytes with some of them changed. */
function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
}

describe("errors name file, place and remedy", () => {
  const good = ggufBytes(threeTensors);
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0];
  const tensor = (change: Partial<WrittenTensor>) => ggufBytes({ tensors: [{ ...plain, ...change }] });
  const key = (value: number[], tail: Uint8Array = new Uint8Array(8)) =>
    Uint8Array.from([
      ...ggufBytes({ metadata: { k: { type: "u8", value: 0 } } }).slice(0, 33),
      ...value,
      ...tail,
    ]);
  it.each<[string, Uint8Array, RegExp]>([
    [
      "an empty file",
      new Uint8Array(),
      /^model\.gguf, byte 0: it is no GGUF file.*Give the path of a \.gguf/,
    ],
    ["another format", patched(good, 0, 80, 75), /byte 0: it is no GGUF file: it does not begin with "GGUF"/],
    [
      "version 1",
      ggufBytes({ version: 1 }),
      /byte 4: it has version 1; versions 2 and 3 can be read\. Convert/,
    ],
    ["big-endian", patched(good, 4, 0, 0, 0, 3), /byte 4: it is a big-endian file\. Use the little-endian/],
    [
      "no header",
      good.slice(0, 20),
      /byte 8: it should have 3 tensors, for which the 4 bytes that are left are too few/,
    ],
    [
      "no metadata",
      ggufBytes({ metadata: threeTensors.metadata }).slice(0, 50),
      /byte 32: the name of metadata key 1 of 2 should have 20 bytes, and the file ends after 50\. The file is cut off or damaged: get it anew/,
    ],
    ["no tensors", good.slice(0, 200), /tensor|key/],
    [
      "cut off data",
      good.slice(0, -1),
      /tensor cube, byte \d+: it needs 16 bytes from here \(F32 \[2,2,1\]\), and the file ends after \d+/,
    ],
    [
      "an absurd count of tensors",
      patched(good, 8, ...huge),
      /byte 8: it should have 9007199254740991 tensors, for which the \d+ bytes/,
    ],
    [
      "a count beyond numbers",
      patched(good, 8, 0, 0, 0, 0, 0, 0, 0x20),
      /byte 8: the count of tensors is 9007199254740992, beyond/,
    ],
    [
      "an absurd count of keys",
      patched(good, 16, ...huge),
      /byte 16: it should have 9007199254740991 metadata keys/,
    ],
    [
      "an absurd string",
      key([8, 0, 0, 0, ...huge]),
      /key k, byte \d+: a string should have 9007199254740991 bytes/,
    ],
    [
      "an absurd array",
      key([9, 0, 0, 0, 4, 0, 0, 0, ...huge]),
      /key k, byte \d+: an array of 9007199254740991 u32 values needs at least/,
    ],
    [
      "an absurd array of arrays",
      key([9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]),
      /an array of 9 array values needs at least 108 bytes/,
    ],
    [
      "a bottomless array",
      key([9, 0, 0, 0, ...Array.from({ length: 40 }, () => [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).flat()]),
      /key k.*arrays are nested more than 16 deep/,
    ],
    [
      "too many arrays",
      key([9, 0, 0, 0, 9, 0, 0, 0, 0xa0, 0x86, 1, 0, 0, 0, 0, 0], new Uint8Array(12 * 100_000)),
      /key k, byte \d+: the metadata have more than 100000 arrays/,
    ],
    [
      "a part of a model",
      ggufBytes({ metadata: { "split.count": { type: "u16", value: 3 } } }),
      /key split\.count: it is one of 3 files of a model, which are not put together here\. Merge them/,
    ],
    ["an unknown type of metadata", key([13, 0, 0, 0]), /key k, byte 33: there is no type of metadata 13/],
    ["a bool of 2", key([7, 0, 0, 0, 2]), /key k, byte 37: a bool is 2/],
    [
      "a text that is none",
      key([8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xff]),
      /key k, byte 45: a string is not UTF-8/,
    ],
    [
      "a key twice",
      ggufBytes({
        metadata: [
          ["k", { type: "u8", value: 0 }],
          ["k", { type: "u8", value: 0 }],
        ],
      }),
      /key k, byte 38: the metadata have this key twice/,
    ],
    [
      "a long key",
      ggufBytes({ metadata: { [`${"k".repeat(65_536)}`]: { type: "u8", value: 0 } } }),
      /byte 24: the name of metadata key 1 is longer than 65535 bytes/,
    ],
    [
      "an alignment of 3",
      ggufBytes({ metadata: { "general.alignment": { type: "u32", value: 3 } } }),
      /key general\.alignment: the alignment is 3; it must be a power of two/,
    ],
    [
      "an alignment that is a text",
      ggufBytes({ metadata: { "general.alignment": { type: "string", value: "32" } } }),
      /the alignment is 32; it must be a power of two/,
    ],
    [
      "a known type that is not read",
      tensor({ type: 20 }),
      /tensor plain, byte \d+: its numbers are of type IQ4_NL \(20\), which is not implemented; these are: F32, .*Use a file of another quantisation/,
    ],
    [
      "a type that nobody knows",
      tensor({ type: 99 }),
      /tensor plain.*type 99, which is no known type, which is not implemented/,
    ],
    [
      "rows of half a block",
      tensor({ type: "Q4_0", shape: [2, 48] }),
      /tensor plain.*its rows of 48 values are not whole Q4_0 blocks of 32/,
    ],
    [
      "five dimensions",
      tensor({ shape: [1, 1, 1, 1, 3] }),
      /tensor plain.*it has 5 dimensions; 1 to 4 are allowed/,
    ],
    ["no dimensions", tensor({ shape: [] }), /it has 0 dimensions/],
    ["a dimension of 0", tensor({ shape: [0, 3] }), /tensor plain.*dimension 2 is 0/],
    [
      "a size beyond all bounds",
      tensor({ shape: [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52] }),
      /tensor plain, byte \d+: it needs \S+ bytes from here/,
    ],
    ["a long name", tensor({ name: "n".repeat(65) }), /its name has 65 bytes; at most 64/],
    [
      "a name twice",
      ggufBytes({ tensors: [plain, plain] }),
      /tensor plain, byte \d+: two tensors have this name/,
    ],
    [
      "a crooked offset",
      tensor({ offset: 8 }),
      /tensor plain, byte \d+: its offset 8 is no multiple of the alignment, 32/,
    ],
    [
      "an offset beyond the file",
      tensor({ offset: 2 ** 40, bytes: new Uint8Array() }),
      /tensor plain, byte 1099511627\d{3}: it needs 12 bytes from here/,
    ],
    [
      "an offset beyond numbers",
      tensor({ offset: 2n ** 60n, bytes: new Uint8Array() }),
      /its offset is 1152921504606846976, beyond/,
    ],
    [
      "an overlap",
      ggufBytes({ tensors: [quantised, { ...plain, offset: 192 }] }),
      /tensor plain, byte \d+: it overlaps tensor quantised/,
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(ModelFileError);
    expect(() => open(bytes)).toThrow(message);
    expect(() => open(bytes)).toThrow(/^model\.gguf/);
  });

  it("a file that is cut off anywhere", () => {
    for (let length = 0; length < good.length; length++)
      expect(() => open(good.slice(0, length)), `after ${length}`).toThrow(ModelFileError);
  });
});

describe("readTensor", () => {
  const gguf = openWritten(threeTensors);

  it("reads some rows only", () => {
    const all = readTensor(gguf, "quantised");
    expect(readTensor(gguf, "quantised", { first: 1, count: 2 })).toEqual(all.slice(64));
    expect(readTensor(gguf, "quantised", { first: 3, count: 0 })).toEqual(new Float32Array());
    expect([...readTensor(gguf, "cube", { first: 1, count: 2 })]).toEqual([6, 7]); // rows of the innermost dimension
  });

  it("reads a tensor of several pieces as one", () => {
    const values = Float32Array.from({ length: 600 * 1024 }, (_, k) => (k * 7919) % 1000);
    const large = openWritten({
      tensors: [{ name: "large", shape: [600, 1024], type: "F32", bytes: new Uint8Array(values.buffer) }],
    });
    expectSameNumbers(readTensor(large, "large"), values);
    expectSameNumbers(
      readTensor(large, "large", { first: 255, count: 300 }),
      values.subarray(255 * 1024, 555 * 1024),
    );
  });

  it("is a function of the name for who wants shapes too", () => {
    const read = tensorReader(gguf);
    expect(read("cube")).toEqual({ shape: [2, 2, 1], values: Float32Array.of(5, 6, 7, 8) });
    expect(() => read("other")).toThrow(/tensor other: the file has no such tensor/);
  });

  it("names what is not there", () => {
    expect(() => readTensor(gguf, "other")).toThrow(
      "model.gguf, tensor other: the file has no such tensor; it has plain, quantised, cube. Use a complete file",
    );
    expect(() => readTensor(gguf, "quantised", { first: 2, count: 2 })).toThrow(
      "Tensor quantised [3,64] has 3 rows, and not 2 from row 2 on.",
    );
    expect(() => readTensor(gguf, "quantised", { first: -1, count: 1 })).toThrow(RangeError);
  });
});

describe("metadata", () => {
  const gguf = openWritten({
    metadata: {
      text: { type: "string", value: "x".repeat(50) },
      count: { type: "u32", value: 9 },
      real: { type: "f64", value: 0.5 },
      flag: { type: "bool", value: false },
      texts: { type: "array", of: "string", values: ["a", "b"] },
      empty: { type: "array", of: "string", values: [] },
      ints: { type: "array", of: "i32", values: [1, -2] },
      longs: { type: "array", of: "u64", values: [3] },
      beyond: { type: "array", of: "u64", values: [2n ** 60n] },
      infinite: { type: "f32", value: Number.POSITIVE_INFINITY },
    },
  });

  it("are looked up by type", () => {
    expect(text(gguf, "text")).toHaveLength(50);
    expect([count(gguf, "count"), real(gguf, "count"), real(gguf, "real")]).toEqual([9, 9, 0.5]);
    expect(flag(gguf, "flag")).toBe(false);
    expect([texts(gguf, "texts"), texts(gguf, "empty")]).toEqual([["a", "b"], []]);
    expect([numbers(gguf, "ints"), numbers(gguf, "longs")]).toEqual([[1, -2], [3]]);
  });

  it("have defaults, for keys that are missing only", () => {
    expect(count(gguf, "no", 3)).toBe(3);
    expect(flag(gguf, "no", false)).toBe(false);
    expect(text(gguf, "no", "")).toBe("");
    expect(() => count(gguf, "text", 3)).toThrow(/key text: its value is the text "x{40}…", and should be/);
  });

  it("say what is missing or of another type", () => {
    expect(() => count(gguf, "conut")).toThrow(
      "model.gguf, key conut: the metadata have no such key, which should be a whole number from 0 on; the nearest one is count. Convert the model anew",
    );
    expect(() => count(gguf, "real")).toThrow(
      /key real: its value is 0.5, and should be a whole number from 0 on/,
    );
    expect(() => real(gguf, "infinite")).toThrow(/its value is Infinity, and should be a finite number/);
    expect(() => texts(gguf, "ints")).toThrow(/its value is a list of 2, and should be a list of texts/);
    expect(() => numbers(gguf, "texts")).toThrow(/should be a list of numbers/);
    expect(() => numbers(gguf, "beyond")).toThrow(
      /its value is a list of 1, and should be a list of numbers/,
    );
    expect(() => flag(gguf, "count")).toThrow(/its value is 9, and should be true or false/);
    expect(() => text(gguf, "flag")).toThrow(/its value is false, and should be a text/);
  });
});
