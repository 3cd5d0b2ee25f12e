import * as ts from "typescript";
import { describe, expect, test } from "vitest";
import * as helpers from "./async.cjs";
import { compileModule } from "./compile.cjs";

type Exports = Record<string, unknown>;

/** Loads a module as the kernel does, with lowered async functions, and as Node does, with native ones. */
function load(source: string): { lowered: Exports; native: Exports } {
  const exports = { lowered: {} as Exports, native: {} as Exports };
  new Function("helpers", "exports", "require", `(${compileModule(source).code})(helpers)(exports, require)`)(
    helpers,
    exports.lowered,
    require,
  );
  const native = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
    },
  }).outputText;
  new Function("exports", "require", native)(exports.native, require);
  return exports;
}

describe("lowered async code does what native code does", () => {
  const log =
    "const log: unknown[] = [];\nconst later = <T>(v: T) => new Promise<T>((r) => setTimeout(() => r(v), 1));\n";
  test.each<[string, string]>([
    [
      "values, errors and finally",
      "try { log.push(await later(1)); throw 2; } catch (e) { log.push(e, await later(3)); } finally { log.push(4); } return 5;",
    ],
    [
      "arguments and this",
      "const o = { n: 3, async f(..._: number[]) { await null; return [this.n, arguments.length]; } }; log.push(await o.f(1, 2));",
    ],
    [
      "super and private fields",
      "class A { async f() { return 1; } } class B extends A { #p = 2; override async f() { return (await super.f()) + (await later(this.#p)); } } log.push(await new B().f());",
    ],
    [
      "async generators",
      "async function* g(n: number) { try { for (let i = 0; i < n; i++) { const got: unknown = yield later(i); log.push(got); } return 'end'; } finally { log.push('closed'); } } const it = g(3); log.push(await it.next(), await it.next('x'), await it.return('r'), await it.next()); for await (const v of g(5)) { log.push(v); if (v === 1) break; }",
    ],
    [
      "errors inside async generators",
      "async function* g() { try { await Promise.reject(new Error('a')); } catch (e) { yield (e as Error).message; } throw new Error('b'); } try { for await (const v of g()) log.push(v); } catch (e) { log.push((e as Error).message); }",
    ],
    [
      "throwing into an async generator",
      "async function* g() { try { yield 1; } catch (e) { yield e; } } const it = g(); log.push(await it.next(), await it.throw('t'), await it.next());",
    ],
    [
      "calls of an async generator that overlap",
      "async function* g() { yield later('a'); yield 'b'; } const it = g(); log.push(await Promise.all([it.next(), it.next(), it.next()]));",
    ],
    [
      "delegation",
      "async function* a() { yield 1; return 'r'; } async function* b() { log.push(yield* a()); yield* [2, later(3)]; } for await (const v of b()) log.push(v);",
    ],
    [
      "errors that are caught without a name, around inner functions",
      "try { await Promise.reject(1); } catch { log.push(await later('caught')); } async function* g() { try { yield 1; throw 2; } catch { yield 3; } } for await (const v of g()) log.push(v);",
    ],
    ["for await over promises", "for await (const v of [later(1), 2]) log.push(v);"],
    [
      "rest and spread of records",
      "const { a, ['b']: b, ...rest } = { a: 1, b: 2, c: 3, d: { e: 4 } }; log.push(a, b, rest, { ...rest, c: 5 });",
    ],
    [
      "the order of turns",
      "const f = async (n: string) => { log.push(n + 1); await null; log.push(n + 2); }; await Promise.all([f('a'), f('b')]); log.push('end');",
    ],
  ])("%s", async (_, body) => {
    const source = `${log}export async function main() { ${body} }\nexport { log };\n`;
    const { lowered, native } = load(source);
    const outcomes = [];
    for (const { main, log: logged } of [lowered, native]) {
      outcomes.push([await (main as () => Promise<unknown>)(), logged]);
    }
    expect(outcomes[1][1]).not.toEqual([]);
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test("decorators", () => {
    const source = `const seen: unknown[] = [];
      const mark = (target: object, ...rest: unknown[]) => { seen.push(typeof target, rest[0], typeof rest[1]); };
      const twice = (_: object, __: string, d: PropertyDescriptor) => ({ ...d, value: () => 2 * d.value() });
      @mark class A { @mark a = 1; @twice f(): number { return 3; } g(@mark x: number) { return x; } }
      export const all = [seen, new A().f()];`;
    const { lowered, native } = load(source);
    expect(lowered["all"]).toEqual(native["all"]);
  });

  test("imports of all kinds", () => {
    const source =
      'import path, { join } from "node:path";\nimport * as os from "node:os";\nexport * from "node:url";\nexport const all = [typeof path.join, join("a", "b"), typeof os.cpus, typeof os.default];\n';
    const { lowered, native } = load(source);
    expect(lowered["all"]).toEqual(native["all"]);
    expect(typeof lowered["pathToFileURL"]).toBe("function");
  });
});
