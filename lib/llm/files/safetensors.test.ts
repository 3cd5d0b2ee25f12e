import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { saveTensors, tf } from "../../tensor";
import { type ByteSource, fileSource, memorySource } from "./byteSource";
import { ModelFileError } from "./error";
import { readSafetensor, safetensorReader } from "./readSafetensor";
import { openSafetensors } from "./safetensors";
import { openSafetensorsFolder, openShardedSafetensors } from "./shardedSafetensors";
import { expectSameNumbers, safetensorsBytes, virtualSource } from "./testing";

const folder = mkdtempSync(path.join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (bytes: Uint8Array) => openSafetensors(memorySource("model.safetensors", bytes));
const entry = (dtype: string, shape: readonly number[], from: number, to: number) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});
const bytesOf = (...parts: ArrayBufferView[]) =>
  Uint8Array.from(
    parts.flatMap(({ buffer, byteOffset, byteLength }) => [
      ...new Uint8Array(buffer, byteOffset, byteLength),
    ]),
  );

describe("openSafetensors", () => {
  it("reads what saveTensors wrote", () => {
    const file = path.join(folder, "round.safetensors");
    tf.tidy(() => {
      const tensors = { weight: tf.tensor2d([1, 2.5, -3, 0, 4, 1e-30], [3, 2]), one: tf.scalar(7) };
      saveTensors(file, tensors, { step: "3" });
    });
    const opened = openSafetensors(fileSource(file));
    expect(opened.metadata).toEqual({ step: "3" });
    expect(
      [...opened.tensors.values()].map(({ name, shape, dtype, bytes }) => [name, shape, dtype, bytes]),
    ).toEqual([
      ["weight", [3, 2], "F32", 24],
      ["one", [], "F32", 4],
    ]);
    expect([...readSafetensor(opened, "weight")]).toEqual([1, 2.5, -3, 0, 4, Math.fround(1e-30)]);
    expect([...readSafetensor(opened, "weight", { first: 1, count: 1 })]).toEqual([-3, 0]);
    expect(safetensorReader(opened)("one")).toEqual({ shape: [], values: Float32Array.of(7) });
    opened.close();
    expect(() => readSafetensor(opened, "one")).toThrow(/after it was closed/);
  });

  it.each<[string, ArrayBufferView, number[]]>([
    ["F64", Float64Array.of(0.1, -2), [Math.fround(0.1), -2]],
    ["F32", Float32Array.of(0.1, -2), [Math.fround(0.1), -2]],
    ["F16", Uint16Array.of(0x3c00, 0xfbff, 1), [1, -65504, 2 ** -24]],
    ["BF16", Uint16Array.of(0xc2f7, 0x3f80), [-123.5, 1]],
    ["I64", BigInt64Array.of(5n, -7n), [5, -7]],
    ["I32", Int32Array.of(2 ** 30, -1), [2 ** 30, -1]],
    ["I16", Int16Array.of(-300, 2), [-300, 2]],
    ["I8", Int8Array.of(-5, 2), [-5, 2]],
    ["U8", Uint8Array.of(250, 2), [250, 2]],
    ["BOOL", Uint8Array.of(1, 0), [1, 0]],
  ])("reads %s, at a place that is not aligned", (dtype, values, expected) => {
    const data = bytesOf(Uint8Array.of(9), values);
    const header = { pad: entry("U8", [1], 0, 1), x: entry(dtype, [expected.length], 1, data.length) };
    expect([...readSafetensor(open(safetensorsBytes(header, data)), "x")]).toEqual(expected);
  });

  it("reads tensors of several pieces", () => {
    const values = Float64Array.from({ length: 300 * 1000 }, (_, k) => (k * 7919) % 1000);
    const file = open(
      safetensorsBytes({ x: entry("F64", [300, 1000], 0, 8 * values.length) }, new Uint8Array(values.buffer)),
    );
    expectSameNumbers(readSafetensor(file, "x"), Float32Array.from(values));
    expectSameNumbers(
      readSafetensor(file, "x", { first: 60, count: 200 }),
      Float32Array.from(values.subarray(60_000, 260_000)),
    );
  });

  it("takes spaces after the header, tensors without values, and offsets beyond 2³²", () => {
    const empty = open(safetensorsBytes(`${JSON.stringify({ x: entry("F32", [0, 4], 0, 0) })}   `));
    expect(readSafetensor(empty, "x")).toEqual(new Float32Array());
    const size = 6 * 2 ** 30;
    const header = { large: entry("U8", [size], 0, size), far: entry("F32", [2], size, size + 8) };
    const beginning = safetensorsBytes(header);
    const source = virtualSource(beginning, beginning.length + size + 8);
    const opened = openSafetensors(source);
    expect(opened.tensors.get("far")?.offset).toBe(beginning.length + size);
    expect([...readSafetensor(opened, "far")]).toEqual([0, 0]);
    expect(Math.max(...source.reads)).toBeLessThan(1000);
  });

  const four = new Uint8Array(4);
  const declared = (length: bigint) => {
    const bytes = safetensorsBytes({ x: entry("U8", [4], 0, 4) }, four);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  };
  it.each<[string, Uint8Array, RegExp]>([
    ["too short", new Uint8Array(5), /it has 5 bytes, too few for a safetensors file/],
    [
      "an oversize header",
      declared(2n ** 63n),
      /byte 0: it is no safetensors file: its first eight bytes give no header length/,
    ],
    [
      "a header beyond the file",
      declared(1000n),
      /byte 0: its header should have 1000 bytes, and the file is cut off after/,
    ],
    [
      "no UTF-8",
      Uint8Array.from([...safetensorsBytes("{}").slice(0, 8), 0xff, 0x7d]),
      /byte 8: its header is not UTF-8/,
    ],
    ["no JSON", safetensorsBytes("{x}"), /its header is not JSON/],
    [
      "a name twice",
      safetensorsBytes(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /its header has the key "a" twice/,
    ],
    [
      "a field twice",
      safetensorsBytes('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /the key "dtype" twice/,
    ],
    [
      "a hole",
      safetensorsBytes({ x: entry("U8", [2], 2, 4) }, four),
      /byte \d+: there is a hole of 2 bytes before tensor x/,
    ],
    [
      "an overlap",
      safetensorsBytes({ x: entry("U8", [3], 0, 3), y: entry("U8", [2], 2, 4) }, four),
      /byte \d+: tensor y overlaps/,
    ],
    [
      "a tail",
      safetensorsBytes({ x: entry("U8", [2], 0, 2) }, four),
      /byte \d+: 2 bytes after its last tensor/,
    ],
    [
      "a wrong size",
      safetensorsBytes({ x: entry("F32", [2], 0, 4) }, four),
      /tensors: tensor x, F32 \[2\], needs 8 bytes, and has 4/,
    ],
    [
      "an unknown dtype",
      safetensorsBytes({ x: entry("F8_E5M2", [4], 0, 4) }, four),
      /has the dtype F8_E5M2; known are F64/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(ModelFileError);
    expect(() => open(bytes)).toThrow(message);
    expect(() => open(bytes)).toThrow(/^model\.safetensors.*get it anew\.$/);
  });

  it("says which integer float32 does not hold, and which tensor is not there", () => {
    const data = bytesOf(Int32Array.of(1, 2 ** 24 + 1));
    const file = open(safetensorsBytes({ ids: entry("I32", [2], 0, 8) }, data));
    const at = file.tensors.get("ids")!.offset + 4;
    expect(() => readSafetensor(file, "ids")).toThrow(
      `model.safetensors, tensor ids, byte ${at}: its integer 16777217 is not exact in float32.`,
    );
    expect(() => readSafetensor(file, "other")).toThrow(
      /tensor other: the file has no such tensor; it has ids\./,
    );
    expect(() => readSafetensor(file, "ids", { first: 0, count: 2 })).toThrow(/has 1 rows, and not 2/);
  });
});

describe("a model in several files", () => {
  const shards: Record<string, Uint8Array> = {
    "model-1.safetensors": safetensorsBytes(
      { a: entry("U8", [1], 0, 1), extra: entry("U8", [1], 1, 2) },
      Uint8Array.of(3, 4),
    ),
    "model-2.safetensors": safetensorsBytes({ b: entry("U8", [2], 0, 2) }, Uint8Array.of(5, 6)),
  };
  const index = (map: unknown) =>
    memorySource(
      "index.json",
      Buffer.from(typeof map === "string" ? map : JSON.stringify({ weight_map: map })),
    );

  /** Opens shards and keeps count of those that are open. */
  function opener() {
    const opened: string[] = [];
    const closed: string[] = [];
    const shard = (file: string): ByteSource => {
      opened.push(file);
      const source = memorySource(file, shards[file]);
      return {
        ...source,
        close() {
          closed.push(file);
          source.close();
        },
      };
    };
    return { opened, closed, shard };
  }

  it("offers what the index lists, and opens every file once", () => {
    const { opened, closed, shard } = opener();
    const model = openShardedSafetensors(
      index({ b: "model-2.safetensors", a: "model-1.safetensors" }),
      shard,
    );
    expect([...model.tensors.keys()]).toEqual(["b", "a"]);
    expect([[...readSafetensor(model, "a")], [...readSafetensor(model, "b")]]).toEqual([[3], [5, 6]]);
    expect(opened).toEqual(["model-2.safetensors", "model-1.safetensors"]);
    model.close();
    expect(closed.sort()).toEqual(opened.sort());
  });

  it.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /^index\.json: the index is not JSON/],
    ["no map", "{}", /^index\.json: the index has no weight_map/],
    ["null", "null", /the index has no weight_map/],
    ["a map that is a list", '{"weight_map":[]}', /has no weight_map/],
    [
      "a path out of the folder",
      { a: "../model-1.safetensors" },
      /tensor a: the index gives "\.\.\/model-1\.safetensors" where a plain file name/,
    ],
    ["a number for a file", { a: 1 }, /the index gives 1 where/],
    [
      "a tensor that is not there",
      { a: "model-1.safetensors", b: "model-1.safetensors" },
      /^index\.json, tensor b: model-1\.safetensors should have it, and has not/,
    ],
  ])("refuses %s, and leaves nothing open", (_, map, message) => {
    const { opened, closed, shard } = opener();
    expect(() => openShardedSafetensors(index(map), shard)).toThrow(ModelFileError);
    expect(() => openShardedSafetensors(index(map), shard)).toThrow(message);
    expect(closed).toEqual(opened);
  });

  it("closes a file whose header is damaged", () => {
    const { closed, shard } = opener();
    shards["model-3.safetensors"] = new Uint8Array(3);
    expect(() =>
      openShardedSafetensors(index({ a: "model-1.safetensors", c: "model-3.safetensors" }), shard),
    ).toThrow(/^model-3\.safetensors: it has 3 bytes/);
    expect(closed.sort()).toEqual(["model-1.safetensors", "model-3.safetensors"]);
  });

  it("is found in its folder", () => {
    const inside = (name: string) => path.join(folder, name);
    expect(() => openSafetensorsFolder(folder)).toThrow(
      /neither model\.safetensors nor model\.safetensors\.index\.json/,
    );
    writeFileSync(inside("model-2.safetensors"), shards["model-2.safetensors"]);
    writeFileSync(
      inside("model.safetensors.index.json"),
      JSON.stringify({ weight_map: { b: "model-2.safetensors" } }),
    );
    const several = openSafetensorsFolder(folder);
    expect([...readSafetensor(several, "b")]).toEqual([5, 6]);
    several.close();
    writeFileSync(inside("model.safetensors"), shards["model-1.safetensors"]);
    const single = openSafetensorsFolder(folder);
    expect([...readSafetensor(single, "extra")]).toEqual([4]);
    single.close();
  });
});
