import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeVersion } from "./codeVersion";

let folder: string;
let copies = 0;

beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "code-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The version of a project of these files; each call has a folder of its own, as versions are remembered. */
function versionOf(files: Record<string, string>): string {
  const root = join(folder, String(copies++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return codeVersion("lib/entry.ts", root);
}

const lock = (version: string) => JSON.stringify({ packages: { "node_modules/zod": { version } } });
const project = {
  "package-lock.json": lock("3.0.0"),
  "lib/entry.ts": 'import { z } from "zod";\nimport { f } from "./deep";\nexport const entry = () => f(z);\n',
  "lib/deep/index.ts": 'export { f } from "../f";\n',
  "lib/f.ts": "export function f(x: unknown) { return x; }\n",
  "lib/elsewhere.ts": "export const nothing = 1;\n",
};

test("comments, layout and modules that are not imported do not count", () => {
  const version = versionOf(project);
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(
    versionOf({
      ...project,
      "lib/f.ts": "/** What it is. */\nexport function f(x: unknown) {\n  return x; // why\n}\n",
      "lib/elsewhere.ts": "export const nothing = 2;\n",
    }),
  ).toBe(version);
});

test("a change behind any import counts, and so does a package's version", () => {
  const version = versionOf(project);
  expect(versionOf({ ...project, "lib/f.ts": "export function f(x: unknown) { return [x]; }\n" })).not.toBe(
    version,
  );
  expect(versionOf({ ...project, "package-lock.json": lock("3.0.1") })).not.toBe(version);
});

test("what looks like a comment or white space inside a template or a pattern counts", () => {
  const versions = [`\`\${x}//a\``, `\`\${x}//b\``, `\`\${x}  a\``, `\`\${x} a\``, "/ a/", "/  a/"].map(
    (value) => versionOf({ ...project, "lib/f.ts": `export function f(x: unknown) { return ${value}; }\n` }),
  );
  expect(new Set(versions).size).toBe(versions.length);
});

test("an import of nothing is named", () => {
  expect(() => versionOf({ ...project, "lib/f.ts": 'import "./gone";\n' })).toThrow(
    /f\.ts imports \.\/gone, and there is no such/,
  );
});

test("the project's own experiment has a version", () => {
  expect(codeVersion("lib/papers/t2arec/experiment.ts")).toMatch(/^[0-9a-f]{12}$/);
});
