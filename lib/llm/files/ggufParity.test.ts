import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { memorySource, openGguf, readTensor } from ".";
import { dequantise } from "./dequantise";
import { type GgmlType, ggmlTypeNames } from "./ggmlTypes";
import { type QuantisedType, quantise } from "./quantise";
import { ggufBytes } from "./testing";

/** What ggufPackage.py writes; bytes and float32 values are in base64. */
interface Cases {
  readonly dequantised: readonly { type: GgmlType; bytes: string; values: string }[];
  readonly quantised: readonly { type: QuantisedType; values: string; bytes: string }[];
  readonly file: {
    readonly bytes: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly tensors: Readonly<
      Record<string, { shape: number[]; type: GgmlType; values: string; offset: number }>
    >;
  };
}

const SCRIPT = path.join(__dirname, "ggufPackage.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const OTHER_SEED = "2";
/** To start Python on a busy machine. */
const MOST_MILLISECONDS = 60_000;

const fixture = JSON.parse(readFileSync(path.join(__dirname, "ggufPackage.json"), "utf8")) as Cases;

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const valuesOf = (base64: string) => new Float32Array(bytesOf(base64).buffer);

function compareDequantised({ type, bytes, values }: Cases["dequantised"][number]): void {
  const expected = valuesOf(values);
  expect(expected.length).toBeGreaterThan(31);
  expect(dequantise(type, bytesOf(bytes), expected.length)).toEqual(expected); // bit for bit
}

function compareQuantised({ type, bytes, values }: Cases["quantised"][number]): void {
  expect(quantise(type, valuesOf(values))).toEqual(bytesOf(bytes));
}

function compareFile({ bytes, metadata, tensors }: Cases["file"]): void {
  const gguf = openGguf(memorySource("package.gguf", bytesOf(bytes)));
  const found = [...gguf.metadata].map(([key, value]) => [
    key,
    ArrayBuffer.isView(value) ? Array.from(value as Iterable<unknown> & ArrayLike<unknown>) : value,
  ]);
  expect(Object.fromEntries(found)).toEqual(metadata);
  expect([...gguf.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, { shape, type, values, offset }] of Object.entries(tensors)) {
    expect(gguf.tensors.get(name)).toMatchObject({ shape, type, offset });
    expect(readTensor(gguf, name)).toEqual(valuesOf(values));
  }
}

describe("blocks and files are those of the gguf package", () => {
  test("the fixture has every type", () =>
    expect(fixture.dequantised.map(({ type }) => type).sort()).toEqual([...ggmlTypeNames].sort()));
  test.each(fixture.dequantised.map((one) => [one.type, one] as const))("%s to values", (_, one) =>
    compareDequantised(one),
  );
  test.each(fixture.quantised.map((one) => [one.type, one] as const))("values to %s", (_, one) =>
    compareQuantised(one),
  );
  test("a file it wrote", () => compareFile(fixture.file));

  test.runIf(PYTHON)(
    "made anew by the package, from another seed",
    () => {
      const output = execFileSync(PYTHON as string, [SCRIPT, OTHER_SEED], {
        encoding: "utf8",
        maxBuffer: 1e8,
      });
      const cases = JSON.parse(output) as Cases;
      expect(cases.dequantised[0].bytes).not.toBe(fixture.dequantised[0].bytes);
      for (const one of cases.dequantised) compareDequantised(one);
      for (const one of cases.quantised) compareQuantised(one);
      compareFile(cases.file);
    },
    MOST_MILLISECONDS,
  );

  test.runIf(PYTHON)(
    "a file that the tests write is read by the package",
    () => {
      const folder = mkdtempSync(path.join(tmpdir(), "gguf-"));
      try {
        const file = path.join(folder, "ours.gguf");
        const values = Float32Array.from({ length: 64 }, (_, k) => k / 8 - 4);
        const bytes = quantise("Q8_0", values);
        writeFileSync(
          file,
          ggufBytes({
            metadata: { "general.architecture": { type: "string", value: "test" } },
            tensors: [
              { name: "a", shape: [3], type: "F32", bytes: new Uint8Array(Float32Array.of(1, 2, 3).buffer) },
              { name: "b", shape: [2, 32], type: "Q8_0", bytes },
            ],
          }),
        );
        const script = `
import json, sys, gguf
reader = gguf.GGUFReader(sys.argv[1])
print(json.dumps([[t.name, t.tensor_type.name, [int(n) for n in t.shape], gguf.dequantize(t.data, t.tensor_type).flatten().tolist()] for t in reader.tensors]))
`;
        const read = JSON.parse(execFileSync(PYTHON as string, ["-c", script, file], { encoding: "utf8" }));
        expect(read).toEqual([
          ["a", "F32", [3], [1, 2, 3]],
          ["b", "Q8_0", [32, 2], [...dequantise("Q8_0", bytes, 64)]],
        ]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    MOST_MILLISECONDS,
  );
});
