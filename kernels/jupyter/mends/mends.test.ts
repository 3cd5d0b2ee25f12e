import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expected, mend } from "./index.cjs";

const dist = join(__dirname, "../../../node_modules/tslab/dist");
const source = (file: string) => readFileSync(join(dist, file), "utf8");

describe.each(Object.keys(expected))("tslab's %s", (file) => {
  test("is the file that the edits were written for, and all of them fit", () => {
    expect(mend(file, source(file))).not.toBe(source(file));
  });

  test("is refused, with what to do, when it has changed", () => {
    expect(() => mend(file, `${source(file)}\n`)).toThrow(
      new RegExp(`^tslab's ${file} has changed .*1\\.0\\.22\\)\\. Run \`npm ci\` to restore it`),
    );
  });
});

test("what the mends rely on besides is there: the compiler's own async lowering", () => {
  const ts = require("@tslab/typescript-for-tslab") as Record<string, unknown>;
  expect(ts["version"]).toBe("5.0.4");
  expect(ts["transformES2017"]).toBeTypeOf("function");
  expect(ts["transformES2018"]).toBeTypeOf("function");
});
