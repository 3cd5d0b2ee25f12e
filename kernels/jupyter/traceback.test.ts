import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, TestKernel } from "./testing/kernel";
import { describeError } from "./traceback.cjs";

let kernel: TestKernel;
const probes = join(root, "kernels/jupyter/build", `traceback-${process.pid}`);

beforeAll(async () => {
  mkdirSync(probes, { recursive: true });
  kernel = await TestKernel.start(tmpdir());
});

afterAll(async () => {
  await kernel?.close();
  rmSync(probes, { recursive: true, force: true });
});

/** Runs a cell and returns its error, with `#` for the cell's number. */
async function fail(code: string): Promise<{ ename: string; evalue: string; traceback: string }> {
  const outcome = await kernel.execute(code);
  const { ename, evalue, traceback } = outcome.error;
  expect(outcome.reply).toMatchObject({ status: "error", ename, evalue });
  expect(outcome.reply.traceback?.length).toBeGreaterThan(0);
  expect(outcome.text("stderr")).toBe("");
  return { ename, evalue, traceback: traceback.replaceAll(`In[${outcome.reply.execution_count}]`, "In[#]") };
}

test("a thrown error shows the lines of the cell that led to it, innermost first, and nothing of the kernel", async () => {
  const code =
    'function mean(values: number[]): number {\n  if (values.length === 0) {\n    throw new RangeError("no values");\n  }\n  return 0;\n}\n\nmean([])';
  const { ename, evalue, traceback } = await fail(code);
  expect([ename, evalue]).toEqual(["RangeError", "no values"]);
  expect(traceback).toBe(`RangeError: no values

Cell In[#], line 3, in mean
    1 | function mean(values: number[]): number {
    2 |   if (values.length === 0) {
->  3 |     throw new RangeError("no values");
      |           ^
    4 |   }
    5 |   return 0;

Cell In[#], line 8
    6 | }
    7 | 
->  8 | mean([])
      | ^`);
});

test("a function of an earlier cell is shown in that cell", async () => {
  const defined = await kernel.execute("const thrower = () => {\n  throw new TypeError('x');\n};");
  const { traceback } = await fail("[1].map(thrower)");
  expect(traceback).toContain(`Cell In[${defined.reply.execution_count}], line 2, in thrower\n`);
  expect(traceback).toContain("Cell In[#], line 1\n->  1 | [1].map(thrower)\n      |     ^");
});

test("an error after an await shows every async caller", async () => {
  const { traceback } = await fail(
    "async function inner() {\n  await null;\n  throw new Error('deep');\n}\nconst outer = async () => {\n  await inner();\n};\n\nawait outer();",
  );
  const places = traceback.match(/Cell In\[#\].*/g);
  expect(places).toEqual([
    "Cell In[#], line 3, in inner",
    "Cell In[#], line 6, in outer",
    "Cell In[#], line 9",
  ]);
});

test("frames in the library show file and line of the TypeScript source", async () => {
  writeFileSync(
    join(probes, "check.ts"),
    "export interface Row {\n  user: number;\n}\n\n\nexport async function check(row: Row): Promise<void> {\n  await null;\n  if (row.user < 0) throw new RangeError('user ' + row.user);\n}\n",
  );
  const { traceback } = await fail(
    `import { check } from "./kernels/jupyter/build/traceback-${process.pid}/check";\nawait check({ user: -1 });`,
  );
  expect(traceback).toContain(`build/traceback-${process.pid}/check.ts, line 8, in check\n`);
  expect(traceback).toContain("->  2 | await check({ user: -1 });");
});

test("an error in a package shows where the cell called it", async () => {
  const { ename, traceback } = await fail('import { z } from "zod";\n\nz.number().parse("3")');
  expect(ename).toBe("ZodError");
  expect(traceback).toContain('->  3 | z.number().parse("3")');
  expect(traceback).not.toContain("node_modules");
});

test("a type error marks the columns, says what is wrong, and is told apart from a syntax error", async () => {
  const wrong = await fail('let a = 1;\nlet b: number = "three";\nlet c: string = 4;');
  expect([wrong.ename, wrong.evalue]).toEqual([
    "TypeScriptError",
    "Type 'string' is not assignable to type 'number'. (TS2322)",
  ]);
  expect(wrong.traceback).toContain(
    'Cell In[#], line 2\n    1 | let a = 1;\n->  2 | let b: number = "three";\n      |     ^\n    3 | let c: string = 4;',
  );
  expect(wrong.traceback).toContain("Type 'number' is not assignable to type 'string'. (TS2322)");

  const syntax = await fail("let y = ;");
  expect(syntax.ename).toBe("SyntaxError");
  expect(syntax.traceback).toContain("->  1 | let y = ;\n      |         ^");
});

test("an explanation of several lines is one error", async () => {
  const { traceback } = await fail(
    "const f: (row: { a: { b: number } }) => void = (row: { a: { b: string } }) => {};",
  );
  expect(traceback.match(/Cell In/g)).toHaveLength(1);
  expect(traceback).toContain("Types of parameters 'row' and 'row' are incompatible.");
});

test("many type errors are cut", async () => {
  const { traceback } = await fail(Array.from({ length: 14 }, (_, i) => `unknown${i};`).join("\n"));
  expect(traceback).toMatch(/… and 4 more$/);
});

test("a promise that is rejected while nobody awaits it fails the cell", async () => {
  const { evalue, traceback } = await fail("const ignored = 1;\nPromise.reject(new Error('nobody awaits'));");
  expect(evalue).toBe("nobody awaits");
  expect(traceback).toContain("->  2 | Promise.reject");
});

test("so does an error in a timer of an earlier cell, while a cell runs", async () => {
  await kernel.execute("setTimeout(() => {\n  throw new Error('late');\n}, 50);");
  const { evalue, traceback } = await fail("await new Promise((done) => setTimeout(done, 5000));");
  expect(evalue).toBe("late");
  expect(traceback).toContain("->  2 |   throw new Error('late');");
});

test("causes are shown, thrown values that are no errors too", async () => {
  const { traceback } = await fail("throw new Error('outer', { cause: new TypeError('inner') })");
  expect(traceback).toContain("Caused by TypeError: inner");
  expect(await fail("throw { code: 7 }")).toMatchObject({ ename: "Thrown", evalue: "{ code: 7 }" });
  expect(await fail("throw 'text'")).toMatchObject({ ename: "Thrown", evalue: "text" });
});

test("describeError copes with errors that are odd", () => {
  const circular = new Error("circular");
  circular.cause = circular;
  expect(describeError(circular, root).traceback.length).toBeLessThan(20);
  expect(describeError(undefined, root)).toMatchObject({ ename: "Thrown", evalue: "undefined" });
  expect(describeError(Object.assign(new Error("x"), { stack: 5 }), root).evalue).toBe("x");
  const both = new AggregateError([new Error("first"), null], "both failed");
  expect(describeError(both, root).traceback.join("\n")).toContain("first");
});
