import { rmSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { hashFile, hashParts, hashTree } from "./fingerprint.cjs";
import { temporaryFolder, writeFiles } from "./testing";

it("a hash of parts does not depend on their order, and tells lists apart that read alike", () => {
  expect(hashParts({ a: "1", b: "2" })).toBe(hashParts({ b: "2", a: "1" }));
  expect(hashParts({ a: "1;1:b=1:2" })).not.toBe(hashParts({ a: "1", b: "2" }));
  expect(hashParts({ a: undefined })).not.toBe(hashParts({ a: "none" }));
});

it("a missing file has no hash", () => {
  expect(hashFile(path.join(temporaryFolder(), "none"))).toBeUndefined();
});

it("a tree's hash changes with a name, a content, a file more, and not with what is left out", () => {
  const folder = temporaryFolder();
  writeFiles(folder, { "src/a.cc": "int a;", "src/b.h": "", "build/x.o": "1" });
  const keep = (name: string) => name !== "build";
  const hash = () => hashTree(folder, keep);
  const first = hash();
  writeFiles(folder, { "build/x.o": "2", "build/y.o": "3" });
  expect(hash()).toBe(first);
  writeFiles(folder, { "src/a.cc": "int b;" });
  const second = hash();
  expect(second).not.toBe(first);
  writeFiles(folder, { "src/c.cc": "" });
  expect(hash()).not.toBe(second);
  rmSync(path.join(folder, "src/c.cc"));
  expect(hash()).toBe(second);
});
