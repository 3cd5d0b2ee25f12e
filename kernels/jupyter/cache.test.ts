import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cache, keyOf, keyOfCheck } from "./cache.cjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cache-test-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what one kernel has kept the next one finds, empty texts too", () => {
  new Cache("", { folder }).set("a", "text");
  new Cache("", { folder }).set("b", "");
  expect(new Cache("", { folder }).get("a")).toBe("text");
  expect(new Cache("", { folder }).get("b")).toBe("");
  expect(new Cache("", { folder }).get("c")).toBeUndefined();
  expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
});

test("a full cache is emptied", () => {
  for (let i = 0; i < 5; i++) writeFileSync(join(folder, String(i)), "");
  new Cache("", { folder, most: 5 }).set("new", "");
  expect(readdirSync(folder)).toEqual(["new"]);
});

test("where nothing can be written there is none", () => {
  writeFileSync(join(folder, "file"), "");
  const cache = new Cache("", { folder: join(folder, "file", "cache") });
  expect(() => cache.set("key", "")).not.toThrow();
  expect(cache.get("key")).toBeUndefined();
});

test("a key tells texts apart that read alike when joined", () => {
  expect(keyOf("ab", "c")).not.toBe(keyOf("a", "bc"));
  expect(keyOf("a", "b")).toBe(keyOf("a", "b"));
});

test("the order of files is no part of a check; contents, options and what is checked are", () => {
  const sources = [
    { fileName: "/p/a.ts", version: "1" },
    { fileName: "/p/b.d.ts", version: "2" },
  ];
  const key = keyOfCheck(["/p/a.ts"], sources, { strict: true });
  expect(keyOfCheck(["/p/a.ts"], [...sources].reverse(), { strict: true })).toBe(key);
  const others = [
    keyOfCheck(["/p/a.ts"], [sources[0], { fileName: "/p/b.d.ts", version: "3" }], { strict: true }),
    keyOfCheck(["/p/a.ts"], sources, { strict: false }),
    keyOfCheck(["/p/a.ts", "/p/b.ts"], sources, { strict: true }),
  ];
  expect(new Set([key, ...others]).size).toBe(4);
});
