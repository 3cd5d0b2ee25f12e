import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ByteSource, fileSource, memorySource } from "./byteSource";
import { ModelFileError } from "./error";

const folder = mkdtempSync(path.join(tmpdir(), "source-"));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Uint8Array.from({ length: 1000 }, (_, k) => k % 251);
const file = path.join(folder, "file.bin");
writeFileSync(file, content);

describe.each<[string, () => ByteSource]>([
  ["fileSource", () => fileSource(file)],
  ["memorySource", () => memorySource(file, content)],
])("%s", (_, open) => {
  it("reads ranges", () => {
    const source = open();
    expect([source.name, source.size]).toEqual([file, 1000]);
    expect(source.read(0, 1000)).toEqual(content);
    expect([...source.read(997, 3)]).toEqual([244, 245, 246]);
    expect(source.read(1000, 0)).toHaveLength(0);
    source.close();
  });

  it("refuses what lies outside, and to read when closed", () => {
    const source = open();
    expect(() => source.read(998, 3)).toThrow(
      `${file}, byte 998: 3 bytes are needed from here, and the file has 1000. The file is cut off`,
    );
    for (const [offset, length] of [
      [-1, 2],
      [0, -1],
      [Number.NaN, 1],
    ])
      expect(() => source.read(offset, length)).toThrow(ModelFileError);
    source.close();
    source.close();
    expect(() => source.read(0, 1)).toThrow(`${file}: it is read after it was closed. Close it after`);
  });
});

describe("files", () => {
  it("that are not there, or no files", () => {
    expect(() => fileSource(path.join(folder, "none"))).toThrow(
      /none: there is no such file\. Check the path/,
    );
    expect(() => fileSource(folder)).toThrow(`${folder}: it is no file. Give the path of the file itself.`);
    expect(() => fileSource(path.join(file, "below"))).toThrow(/below: it cannot be opened \(ENOTDIR/);
  });

  it("that become shorter while they are read", () => {
    const shrinking = path.join(folder, "shrinking.bin");
    writeFileSync(shrinking, content);
    const source = fileSource(shrinking);
    truncateSync(shrinking, 10);
    expect(() => source.read(0, 20)).toThrow(/byte 10: it became shorter while it was being read/);
    source.close();
  });
});
