import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SourceWatch } from "./watch.cjs";

let folder: string;
let watch: SourceWatch;
let seen: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "watch-test-"));
  watch = new SourceWatch({ Created: "created", Changed: "changed", Deleted: "deleted" });
  seen = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("files: created, changed by time or by size, deleted; each change once", () => {
  const file = join(folder, "a.ts");
  const watcher = watch.watchFile(file, (path: string, kind: string) =>
    seen.push(`${path.slice(-4)} ${kind}`),
  );
  watch.report();
  writeFileSync(file, "1");
  watch.report();
  utimesSync(file, 1, 1);
  watch.report();
  writeFileSync(file, "12");
  utimesSync(file, 1, 1);
  watch.report();
  watch.report();
  rmSync(file);
  watch.report();
  expect(seen).toEqual(["a.ts created", "a.ts changed", "a.ts changed", "a.ts deleted"]);
  watcher.close();
  writeFileSync(file, "1");
  watch.report();
  expect(seen).toHaveLength(4);
});

test("folders: what appears and goes, at any depth if asked, but packages and hidden files", () => {
  const name = (path: string) => seen.push(path.slice(folder.length + 1));
  watch.watchDirectory(folder, name, true);
  watch.watchDirectory(join(folder, "none"), name);
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  mkdirSync(join(folder, "node_modules/x"), { recursive: true });
  mkdirSync(join(folder, ".hidden"));
  writeFileSync(join(folder, "deep/er/a.ts"), "");
  watch.report();
  expect(seen.sort()).toEqual(["deep", "deep/er", "deep/er/a.ts"]);
  rmSync(join(folder, "deep/er/a.ts"));
  watch.report();
  watch.report();
  expect(seen).toHaveLength(4);
});

test("installed packages are not looked at", () => {
  const file = join(folder, "node_modules/x.d.ts");
  watch.watchFile(file, () => seen.push("file"));
  watch.watchDirectory(join(folder, "node_modules"), () => seen.push("folder"), true);
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(file, "");
  watch.report();
  expect(seen).toEqual([]);
});
