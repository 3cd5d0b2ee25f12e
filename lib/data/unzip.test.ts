import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withTemporaryFolder, zip } from "./testing";
import { readZipMembers } from "./unzip";

const ARCHIVE = zip({ "folder/a.txt": "abc".repeat(1000), "b.raw": "stored", "empty.txt": "" });

async function read(content: Buffer, ...paths: string[]): Promise<string[]> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, "archive.zip");
    writeFileSync(file, content);
    return [...(await readZipMembers(file, paths)).values()].map(String);
  });
}

it("reads deflated, stored and empty members", async () => {
  expect(await read(ARCHIVE, "folder/a.txt", "b.raw", "empty.txt")).toEqual([
    "abc".repeat(1000),
    "stored",
    "",
  ]);
});

it("reads an archive that ends in a comment", async () => {
  const commented = Buffer.concat([ARCHIVE, Buffer.from("made by a test")]);
  expect(await read(commented, "b.raw")).toEqual(["stored"]);
});

it("says what is missing or damaged", async () => {
  await expect(read(ARCHIVE, "absent")).rejects.toThrow(
    /archive\.zip: The archive has no member "absent" among its 3/,
  );
  await expect(read(Buffer.from("not a zip"), "a")).rejects.toThrow(
    /no directory: not a zip file, or cut short/,
  );
  await expect(read(ARCHIVE.subarray(0, -30), "b.raw")).rejects.toThrow(/not a zip file, or cut short/);
  const start = ARCHIVE.indexOf("stored");
  const flipped = Buffer.from(ARCHIVE);
  flipped[start] ^= 1;
  await expect(read(flipped, "b.raw")).rejects.toThrow(/"b\.raw" does not have its CRC-32/);
  const holed = Buffer.from(ARCHIVE);
  holed.fill(0xff, 45, 55);
  await expect(read(holed, "folder/a.txt")).rejects.toThrow(
    /"folder\/a\.txt" (cannot be unpacked|does not have its CRC-32)/,
  );
});

it("refuses encrypted members and unknown methods", async () => {
  const directory = ARCHIVE.indexOf("PK\x01\x02", 0, "latin1");
  const encrypted = Buffer.from(ARCHIVE);
  encrypted.writeUInt16LE(1, directory + 8);
  await expect(read(encrypted, "folder/a.txt")).rejects.toThrow(/encrypted/);
  const packed = Buffer.from(ARCHIVE);
  packed.writeUInt16LE(12, directory + 10);
  await expect(read(packed, "folder/a.txt")).rejects.toThrow(/packed by method 12/);
});
