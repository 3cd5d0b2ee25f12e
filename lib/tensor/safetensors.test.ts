import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadMetadata, loadTensors, loadTree, saveTensors, saveTree, tf } from ".";

const folder = mkdtempSync(path.join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);

/** Runs Python where the `safetensors` package is: the suite's own environment. */
function python(script: string, ...args: string[]): string {
  const venv = path.resolve(__dirname, "../../.venv");
  const executable = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  return execFileSync(path.join(venv, executable), ["-c", script, ...args], { encoding: "utf8" });
}

const tensors = () => ({
  weight: tf.tensor2d([0.1, -2, 3.5, 1e-30, Number.POSITIVE_INFINITY, 0], [2, 3]),
  mask: tf.tensor1d([true, false, true], "bool"),
  ids: tf.tensor1d([1, -2, 2 ** 31 - 1], "int32"),
  scalar: tf.scalar(7),
  empty: tf.zeros([0, 4]),
});

/** A file of the given header, and numbers after it. */
function writeRaw(
  name: string,
  header: unknown,
  data: Uint8Array = new Uint8Array(),
  declared?: number,
): string {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(declared ?? json.length));
  writeFileSync(file(name), Buffer.concat([length, json, data]));
  return file(name);
}
const bytesOf = (values: Float64Array | Uint16Array | BigInt64Array | Int16Array | Int8Array) =>
  new Uint8Array(values.buffer);
const one = (dtype: string, count: number, bytes: number) => ({
  x: { dtype, shape: [count], data_offsets: [0, bytes] },
});

describe("saveTensors and loadTensors", () => {
  it("give every tensor back, and the metadata", () => {
    const saved = tensors();
    saveTensors(file("all.safetensors"), saved, { step: "12", note: "größer" });
    const loaded = loadTensors(file("all.safetensors"));
    expect(Object.keys(loaded).sort()).toEqual(Object.keys(saved).sort());
    for (const [name, tensor] of Object.entries(saved)) {
      expect([loaded[name].dtype, loaded[name].shape]).toEqual([tensor.dtype, tensor.shape]);
      expect(Array.from(loaded[name].dataSync())).toEqual(Array.from(tensor.dataSync()));
    }
    expect(loadMetadata(file("all.safetensors"))).toEqual({ step: "12", note: "größer" });
  });

  it("read some tensors only, and name those that are not there", () => {
    expect(Object.keys(loadTensors(file("all.safetensors"), ["ids"]))).toEqual(["ids"]);
    expect(() => loadTensors(file("all.safetensors"), ["ids", "other"])).toThrow(
      /no tensor other; it has .*weight/,
    );
  });

  it("align the numbers to eight bytes, and leave no part of a file", () => {
    const header = readFileSync(file("all.safetensors")).readBigUInt64LE();
    expect(header % 8n).toBe(0n);
    expect(() => saveTensors(file("bad.safetensors"), { s: tf.tensor1d(["text"]) })).toThrow(
      /tensor s is string/,
    );
    expect(() => saveTensors(path.join(folder, "no", "folder"), tensors())).toThrow(/ENOENT/);
    expect(() => saveTensors(folder, tensors())).toThrow(); // a folder cannot be replaced
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
    expect(
      readdirSync(path.dirname(folder)).filter((name) => name.startsWith(`${path.basename(folder)}.`)),
    ).toEqual([]);
  });

  it("keep the old file where a new one cannot be written whole", () => {
    const disposed = tf.scalar(1);
    saveTensors(file("kept.safetensors"), { x: tf.scalar(5) });
    disposed.dispose();
    expect(() => saveTensors(file("kept.safetensors"), { x: tf.scalar(6), disposed })).toThrow(/disposed/);
    expect(loadTensors(file("kept.safetensors")).x.dataSync()[0]).toBe(5);
  });

  it("are read and written alike by Python's safetensors", () => {
    const script = `
import json, struct, sys
from safetensors import deserialize, serialize_file, safe_open
data = open(sys.argv[1], "rb").read()
found = {name: [entry["dtype"], entry["shape"], list(entry["data"])] for name, entry in deserialize(data)}
print(json.dumps(found))
`;
    const found = JSON.parse(python(script, file("all.safetensors"))) as Record<
      string,
      [string, number[], number[]]
    >;
    const stored = { float32: "F32", int32: "I32", bool: "BOOL" } as Record<string, string>;
    for (const [name, tensor] of Object.entries(tensors())) {
      const { buffer, byteOffset, byteLength } = tensor.dataSync();
      const bytes = Array.from(new Uint8Array(buffer, byteOffset, byteLength));
      expect(found[name], name).toEqual([stored[tensor.dtype], tensor.shape, bytes]);
    }
    const write = `
import ctypes, struct, sys
from safetensors import TensorSpec, serialize_file
def spec(dtype, shape, data):
    buffer = ctypes.create_string_buffer(data, len(data))
    kept.append(buffer)
    return TensorSpec(dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffer), data_len=len(data))
kept = []
serialize_file({
    "half": spec("float16", [3], struct.pack("<3e", 0.5, -65504, 6e-8)),
    "brain": spec("bfloat16", [2], bytes([0x80, 0x3f, 0x20, 0xc1])),
    "long": spec("int64", [2], struct.pack("<2q", 5, -7)),
    "float": spec("float32", [1, 2], struct.pack("<2f", 1.25, -3)),
    "flag": spec("bool", [2], bytes([1, 0])),
}, sys.argv[1], {"by": "python"})
`;
    python(write, file("python.safetensors"));
    const loaded = loadTensors(file("python.safetensors"));
    const values = Object.fromEntries(
      Object.entries(loaded).map(([name, x]) => [name, Array.from(x.dataSync())]),
    );
    expect(values).toEqual({
      half: [0.5, -65504, Math.fround(2 ** -24)],
      brain: [1, -10],
      long: [5, -7],
      float: [1.25, -3],
      flag: [1, 0],
    });
    expect(loaded.float.shape).toEqual([1, 2]);
    expect(loadMetadata(file("python.safetensors"))).toEqual({ by: "python" });
  });
});

describe("dtypes of other writers", () => {
  it.each([
    ["F64", bytesOf(Float64Array.of(1.5, -2)), [1.5, -2], "float32"],
    [
      "F16",
      bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00)),
      [1, -2, 2 ** -24, Number.POSITIVE_INFINITY],
      "float32",
    ],
    ["BF16", bytesOf(Uint16Array.of(0x3f80, 0xc000)), [1, -2], "float32"],
    ["I64", bytesOf(BigInt64Array.of(3n, -4n)), [3, -4], "int32"],
    ["I16", bytesOf(Int16Array.of(3, -4)), [3, -4], "int32"],
    ["I8", bytesOf(Int8Array.of(3, -4)), [3, -4], "int32"],
    ["U8", Uint8Array.of(3, 250), [3, 250], "int32"],
  ])("reads %s", (stored, bytes, values, dtype) => {
    const { x } = loadTensors(writeRaw("dtype", one(stored, values.length, bytes.length), bytes));
    expect([x.dtype, Array.from(x.dataSync())]).toEqual([dtype, values]);
  });

  it("refuses an I64 beyond int32", () => {
    const bytes = bytesOf(BigInt64Array.of(2n ** 31n));
    expect(() => loadTensors(writeRaw("wide", one("I64", 1, 8), bytes))).toThrow(
      /wide: tensor x: 2147483648 does not fit/,
    );
  });
});

describe("broken files", () => {
  const four = new Uint8Array(4);
  const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({
    x: { dtype, shape, data_offsets: offsets },
  });
  it.each([
    ["too short", () => writeFileSync(file("broken"), "abc"), /it has 3 bytes/],
    [
      "not of this format",
      () => writeFileSync(file("broken"), "a text, not numbers at all"),
      /no safetensors file/,
    ],
    [
      "cut off in the header",
      () => writeRaw("broken", "{}", four, 100),
      /header should have 100 bytes, and the file is cut off after 14/,
    ],
    ["without JSON", () => writeRaw("broken", "{x"), /header is not JSON/],
    ["whose header is null", () => writeRaw("broken", "null"), /header is no JSON object/],
    ["whose header is a list", () => writeRaw("broken", "[]"), /header is no JSON object/],
    [
      "whose metadata are no strings",
      () => writeRaw("broken", { __metadata__: { step: 1 } }),
      /__metadata__ is not a record of strings/,
    ],
    [
      "with a name twice",
      () =>
        writeRaw(
          "broken",
          '{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\\u0078":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}',
          four,
        ),
      /has the key "x" twice/,
    ],
    [
      "whose dtype is no string",
      () => writeRaw("broken", entry({ toString: 1 }, [1], [0, 4])),
      /has the dtype \{"toString":1\}; known are F64/,
    ],
    [
      "cut off in a tensor",
      () => writeRaw("broken", one("F32", 2, 8), four),
      /tensor x ends at byte .* cut off/,
    ],
    [
      "of an unknown dtype",
      () => writeRaw("broken", one("F8_E4M3", 4, 4), four),
      /tensor x has the dtype F8_E4M3; known are F64/,
    ],
    [
      "whose size does not fit",
      () => writeRaw("broken", one("F32", 3, 4), four),
      /tensor x, F32 \[3\], needs 12 bytes, and has 4/,
    ],
    [
      "without a shape",
      () => writeRaw("broken", entry("F32", [-1], [0, 4]), four),
      /tensor x has no proper shape/,
    ],
    [
      "without offsets",
      () => writeRaw("broken", entry("F32", [1], [4, 0]), four),
      /tensor x has no proper data_offsets/,
    ],
    ["with a null entry", () => writeRaw("broken", { x: null }), /tensor x has no proper shape/],
    [
      "overlapping",
      () =>
        writeRaw(
          "broken",
          { ...one("F32", 1, 4), y: { dtype: "U8", shape: [2], data_offsets: [2, 4] } },
          four,
        ),
      /tensor y overlaps/,
    ],
    [
      "with a hole",
      () => writeRaw("broken", entry("U8", [2], [2, 4]), four),
      /hole of 2 bytes before tensor x/,
    ],
    [
      "with a tail",
      () => writeRaw("broken", entry("U8", [2], [0, 2]), four),
      /2 bytes after its last tensor/,
    ],
  ])("%s", (_, write, message) => {
    write();
    const before = tf.memory().numTensors;
    expect(() => loadTensors(file("broken"))).toThrow(message);
    expect(() => loadTensors(file("broken"))).toThrow(file("broken"));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("saveTree and loadTree", () => {
  const tree = (value: number) => ({
    layers: [{ kernel: tf.variable(tf.fill([2, 2], value)) }],
    step: tf.variable(tf.scalar(value, "int32")),
  });

  it("restore the variables in place", () => {
    saveTree(file("tree.safetensors"), tree(3), { epoch: "2" });
    const restored = tree(0);
    const before = tf.memory().numTensors;
    loadTree(file("tree.safetensors"), restored);
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(restored.layers[0].kernel.dataSync())).toEqual([3, 3, 3, 3]);
    expect(restored.step.dataSync()[0]).toBe(3);
  });

  it("name everything that does not fit, and change nothing", () => {
    const other = {
      layers: [{ kernel: tf.variable(tf.zeros([2, 3])), bias: tf.variable(tf.zeros([2])) }],
      count: tf.scalar(0),
    };
    expect(() => loadTree(file("tree.safetensors"), other)).toThrow(
      /kernel is float32 \[2,2\] in the file, float32 \[2,3\] in the tree; layers\.0\.bias is missing; count is missing; step is not in the tree/,
    );
    const partly = { ...tree(9), extra: tf.variable(tf.scalar(1)) };
    expect(() => loadTree(file("tree.safetensors"), partly)).toThrow(/extra is missing/);
    expect(partly.step.dataSync()[0]).toBe(9);
  });
});
