import * as ts from "typescript";
import { describe, expect, test } from "vitest";
import { compileCell, compileModule } from "./compile.cjs";

/** What the kernel's compiler emits: ES modules, native async, an inline source map. */
function emit(source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, inlineSourceMap: true },
  }).outputText;
}

describe("positions lead back to the source", () => {
  const find = (code: string, text: string) => {
    const lines = code.split("\n");
    const line = lines.findIndex((candidate) => candidate.includes(text));
    return { line, column: lines[line].indexOf(text) };
  };
  const source =
    "interface Gone {\n  a: number;\n}\n\nconst before = async (x: Gone) => {\n  await null;\n  mark(x);\n};\n";

  test("of a module", () => {
    const { code, back } = compileModule(`${source}export { before };\n`);
    expect(back(find(code, "mark(x)"))).toEqual({ line: 6, column: 2 });
  });

  test("of a cell, whose source begins one line below the compiler's mark", () => {
    const { code, back } = compileCell(
      emit(`export {};\n${source}await before({ a: 1 });\nexport { before };\n`),
    );
    expect(back(find(code, "mark(x)"))).toEqual({ line: 6, column: 2 });
    expect(back(find(code, "before({ a: 1 })"))?.line).toBe(8);
  });
});

test("a cell is async only if it awaits at its top, and names what it declares", () => {
  const sync = compileCell(
    emit("export {};\nconst f = async () => { await null; };\nlet ü = 1;\nexport { f, ü };\n"),
  );
  expect(sync.code).not.toContain("(function (exports, require) {\n    return __awaiter");
  expect(sync.names.sort()).toEqual(["f", "ü"]);
  const loop = compileCell(emit("export {};\nfor await (const x of []) {}\n"));
  expect(loop.code).toContain("return __awaiter");
});
